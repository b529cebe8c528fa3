// SPDX-License-Identifier: Apache-2.0
#include "report/profile_report.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "report/columns.h"
#include "report/display_width.h"
#include "report/numbers.h"

namespace lockstep {
namespace {

constexpr std::size_t kKernelsShown = 40;
constexpr std::size_t kNameLength = 100;

constexpr std::array kKinds = {KernelKind::products,  KernelKind::attention, KernelKind::model,
                               KernelKind::optimizer, KernelKind::exchange,  KernelKind::copies,
                               KernelKind::others};

std::string_view name_of(KernelKind kind, const Words& words) {
  switch (kind) {
    case KernelKind::products: return words.matrix_products;
    case KernelKind::attention: return words.attention;
    case KernelKind::exchange: return words.between_gpus;
    case KernelKind::optimizer: return words.optimizer;
    case KernelKind::model: return words.rest_of_model;
    case KernelKind::copies: return words.copies;
    case KernelKind::others: break;
  }
  return words.other_kernels;
}

bool contains_any(std::string_view name, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(
      parts, [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

std::string line(const char* format, double milliseconds, double second, std::string_view name) {
  std::array<char, 64> numbers{};
  std::snprintf(numbers.data(), numbers.size(), format, milliseconds, second);
  return numbers.data() + std::string(name) + "\n";
}

std::string kinds_table(const StepProfile& profile, const Words& words) {
  std::string text;
  for (const KernelKind kind : kKinds) {
    double milliseconds = 0.0;
    for (const KernelLine& each : profile.kernels)
      if (kind_of_kernel(each.kernel) == kind) milliseconds += each.milliseconds;
    if (milliseconds > 0.0)
      text += line("%11.3f %9.1f%%  ", milliseconds,
                   100.0 * milliseconds / profile.step_milliseconds, name_of(kind, words));
  }
  return text;
}

std::string kernels_table(const StepProfile& profile) {
  std::string text;
  for (std::size_t i = 0; i < std::min(profile.kernels.size(), kKernelsShown); ++i) {
    const KernelLine& each = profile.kernels[i];
    text += line("%11.3f %10.1f  ", each.milliseconds, each.runs,
                 std::string_view(each.kernel).substr(0, kNameLength));
  }
  return text;
}

std::string fixed(double value, const char* format = "%.1f") {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string mfu_line(const StepProfile& profile, const Words& words) {
  if (profile.peak_tflops <= 0.0) return std::string(words.peak_is_unknown) + "\n";
  constexpr double kMilli = 1e-3;
  constexpr double kTera = 1e12;
  constexpr double kMega = 1e6;
  const double tokens_per_second = profile.tokens / (profile.step_milliseconds * kMilli);
  const auto part = [&](double flops) {
    return fixed(100.0 * tokens_per_second * flops / (profile.peak_tflops * kTera));
  };
  const double flops = profile.parameter_flops + profile.attention_flops;
  return fill(words.mfu, {part(flops), thousands_text(static_cast<std::int64_t>(tokens_per_second)),
                          fixed(flops / kMega), fixed(profile.peak_tflops, "%g"),
                          part(profile.parameter_flops)}) +
         "\n";
}

}  // namespace

KernelKind kind_of_kernel(std::string_view name) {
  if (contains_any(name, {"nccl", "tree_sum"})) return KernelKind::exchange;
  if (contains_any(name, {"adamw", "square_sums", "step_numbers"})) return KernelKind::optimizer;
  if (contains_any(name, {"lockstep::"})) return KernelKind::model;
  if (contains_any(name, {"flash", "sdpa", "fmha", "cudnn", "attention"}))
    return KernelKind::attention;
  if (contains_any(name, {"nvjet", "gemm", "cutlass", "cublas", "splitK", "xmma"}))
    return KernelKind::products;
  if (contains_any(name, {"Memcpy", "Memset", "copy", "Copy", "FillFunctor"}))
    return KernelKind::copies;
  return KernelKind::others;
}

std::string profile_report(const Words& words, const StepProfile& profile) {
  double sum = 0.0;
  for (const KernelLine& each : profile.kernels) sum += each.milliseconds;
  return std::string(words.profile_by_kind) + "\n" + kinds_table(profile, words) +
         std::string(words.profile_by_kernel) + "\n" + kernels_table(profile) +
         fill(words.profile_sum, {fixed(profile.step_milliseconds, "%.3f"), fixed(sum, "%.3f")}) +
         "\n" + mfu_line(profile, words);
}

}  // namespace lockstep
