// SPDX-License-Identifier: Apache-2.0
#include "report/doctor_report.h"

#include <algorithm>
#include <cstdio>

#include "report/columns.h"
#include "report/numbers.h"
#include "report/rules.h"

namespace lockstep {
namespace {

using Rows = std::vector<std::vector<std::string>>;
constexpr const char* kUnknown = "-";

std::string decimal_text(double value, const char* unit) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f%s", value, unit);
  return text;
}

std::string bandwidth_text(double bytes_per_second) {
  if (bytes_per_second <= 0.0) return kUnknown;
  return decimal_text(bytes_per_second / 1e6, "MB/s");
}

std::string latency_text(double seconds) { return decimal_text(seconds * 1e6, "us"); }

std::string offset_text(double seconds) {
  const std::string text = decimal_text(seconds, "s");
  return text == "-0.0s" ? "0.0s" : text;
}

std::string known_size_text(std::int64_t bytes) {
  return bytes > 0 ? size_text(bytes) : std::string(kUnknown);
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string host_table(const Words& words, const DoctorReport& report) {
  const bool has_gpus =
      std::ranges::any_of(report.hosts, [](const HostLine& line) { return !line.gpus.empty(); });
  std::vector<Column> columns = {{.title = std::string(words.host_title), .is_number = false},
                                 {.title = std::string(words.ranks_title)},
                                 {.title = std::string(words.cores_title)},
                                 {.title = std::string(words.threads_title)},
                                 {.title = std::string(words.free_memory_title)},
                                 {.title = std::string(words.needed_memory_title)},
                                 {.title = std::string(words.clock_title)},
                                 {.title = std::string(words.disk_title)}};
  if (has_gpus) columns.push_back({.title = std::string(words.gpu_title), .is_number = false});
  Rows rows;
  for (const HostLine& line : report.hosts) {
    std::vector<std::string>& row = rows.emplace_back();
    row = {line.host,
           line.ranks,
           std::to_string(line.cores),
           std::to_string(line.threads),
           known_size_text(line.memory_bytes),
           known_size_text(line.needed_bytes),
           offset_text(line.clock_seconds),
           bandwidth_text(line.disk_bytes_per_second)};
    if (has_gpus) row.push_back(line.gpus);
  }
  return joined(lines_in_columns(columns, rows));
}

std::string pair_table(const Words& words, const DoctorReport& report) {
  Rows rows;
  for (const PairLine& line : report.pairs)
    rows.push_back({line.one + " - " + line.other, latency_text(line.latency_seconds),
                    bandwidth_text(line.bytes_per_second)});
  return joined(lines_in_columns({{.title = std::string(words.pair_title), .is_number = false},
                                  {.title = std::string(words.latency_title)},
                                  {.title = std::string(words.bandwidth_title)}},
                                 rows));
}

std::string fine_text(const Words& words, Check check, const DoctorReport& report) {
  switch (check) {
    case Check::configuration: return std::string(words.configuration_fine);
    case Check::command_line: return std::string(words.command_line_fine);
    case Check::program: return std::string(words.program_fine);
    case Check::processors: return std::string(words.processors_fine);
    case Check::clocks: return std::string(words.clocks_fine);
    case Check::cores: return std::string(words.cores_fine);
    case Check::memory: return std::string(words.memory_fine);
    case Check::directory: return std::string(words.directory_fine);
    case Check::disk:
      return fill(words.disk_fine, {known_size_text(report.checkpoint_bytes),
                                    decimal_text(report.save_seconds, "s")});
    case Check::network: return std::string(words.network_fine);
    case Check::gpu: return std::string(words.gpu_fine);
  }
  return "";
}

std::string check_lines(const Words& words, Check check, const DoctorReport& report) {
  std::string lines;
  for (const Finding& finding : report.findings) {
    if (finding.check != check) continue;
    const bool is_problem = finding.severity == Severity::problem;
    lines += fill(is_problem ? words.problem_line : words.warning_line, {finding.text}) + "\n";
  }
  if (!lines.empty()) return lines;
  return fill(words.fine_line, {fine_text(words, check, report)}) + "\n";
}

std::string verdict(const Words& words, const DoctorReport& report) {
  const auto is_problem = [](const Finding& finding) {
    return finding.severity == Severity::problem;
  };
  const auto problems = std::ranges::count_if(report.findings, is_problem);
  const auto warnings = std::ssize(report.findings) - problems;
  if (problems > 0) return fill(words.training_would_fail, {std::to_string(problems)});
  if (warnings > 0) return fill(words.training_fine_but, {std::to_string(warnings)});
  return std::string(words.training_fine);
}

}  // namespace

std::string doctor_report(const Words& words, const DoctorReport& report) {
  std::string text =
      fill(words.doctor, {std::to_string(report.ranks), std::to_string(report.hosts.size())}) +
      "\n" + wide_rule() + host_table(words, report) + wide_rule();
  if (!report.pairs.empty()) text += pair_table(words, report) + wide_rule();
  for (const Check check : report.checks) text += check_lines(words, check, report);
  return text + wide_rule() + verdict(words, report) + "\n";
}

ExitCode exit_code_of(const std::vector<Finding>& findings) {
  for (const Finding& finding : findings)
    if (finding.severity == Severity::problem) return exit_code_for(finding.kind);
  return ExitCode::success;
}

}  // namespace lockstep
