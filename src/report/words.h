// SPDX-License-Identifier: Apache-2.0
// What the reports say, in Chinese and in English, in one table. The reports decide which sentence
// is said and with which numbers; errors and the log on stderr are sentences of base/sentence.h.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/sentence.h"

namespace lockstep {

enum class Language { zh, en };

// The values of --lang.
inline constexpr std::array<std::string_view, 2> kLanguageNames = {"zh", "en"};

// The language of a --lang value: "zh" or "en".
std::optional<Language> language_named(std::string_view name);
std::string_view name_of(Language language);

// By the first of LC_ALL, LC_MESSAGES and LANG that is set, as POSIX orders them: Chinese for zh*
// in UTF-8, English for all else.
Language language_of_environment();

// The language of a --lang value if there is one, else that of the environment.
// REQUIRES: a value that language_named() knows.
Language chosen_language(const std::optional<std::string>& lang);

// {0}, {1}, ... and {0|one|many} are for fill() of base/sentence.h; the two languages may order
// them freely.
// REQUIRES: only std::string_view members, so that a test can walk over all of them.
struct Words {
  // run_header
  std::string_view preparing_text;
  std::string_view run_started;    // {0} model, {1} parameters, {2} ranks, {3} batch, {4} lanes,
                                   // {5} windows, {6} steps per epoch
  std::string_view computing_on;   // {0} the GPU, its precision and attention
  std::string_view starting_from;  // {0} file
  std::string_view resuming_from;  // {0} file, {1} epochs, {2} steps

  // profile_report
  std::string_view profile_by_kind;
  std::string_view profile_by_kernel;
  std::string_view profile_sum;  // {0} milliseconds of a step, {1} of all kernels
  std::string_view mfu;          // {0} percent, {1} tokens per second, {2} MFLOP for a token,
                                 // {3} TFLOP/s of the chip, {4} percent with 6 N alone
  std::string_view peak_is_unknown;
  std::string_view matrix_products;  // kinds of kernels
  std::string_view attention;
  std::string_view rest_of_model;
  std::string_view optimizer;
  std::string_view between_gpus;
  std::string_view copies;
  std::string_view other_kernels;

  // progress_line
  std::string_view training;

  // epoch_report
  std::string_view epoch_results;  // {0} epoch, {1} epochs
  std::string_view time_used;      // {0} seconds
  std::string_view train_loss;     // {0} loss
  std::string_view val_loss;       // {0} loss

  // published_report
  std::string_view saving;
  std::string_view epoch_file;    // {0} name, {1} size
  std::string_view removed_file;  // {0} name
  std::string_view best_file;     // {0} name, {1} size, {2} improvement
  std::string_view not_improved;  // {0} best loss
  std::string_view latest_file;   // {0} name, {1} size
  std::string_view main_file;     // {0} name, {1} size
  std::string_view step_set;      // {0} name, {1} size
  std::string_view epoch_set;     // {0} name, {1} size
  std::string_view removed_set;   // {0} name
  std::string_view new_best;      // {0} improvement
  std::string_view root;          // {0} hexadecimal digits
  std::string_view names_are_copies;

  // the end of a run
  std::string_view nothing_to_do;      // {0} epochs completed
  std::string_view max_steps_reached;  // {0} steps

  // checkpoint_table; a title begins with the spaces it is set in from its values
  std::string_view checkpoints;
  std::string_view name_title;
  std::string_view epoch_title;
  std::string_view val_loss_title;
  std::string_view size_title;
  std::string_view modified_title;
  std::string_view damaged;  // {0} problem
  std::string_view no_checkpoints;

  // set_table
  std::string_view sets;
  std::string_view set_title;
  std::string_view step_title;
  std::string_view shards_title;
  std::string_view draft_set;
  std::string_view trash_set;
  std::string_view replaced_set;

  // list_report
  std::string_view disk_use;  // {0} size by names, {1} size on the disk

  // history_report
  std::string_view training_history;
  std::string_view train_loss_title;
  std::string_view best_epoch;          // {0} epoch, {1} loss
  std::string_view history_statistics;  // {0} epochs, {1} first, {2} last, {3} lowest loss,
                                        // {4} improvement
  std::string_view no_best_epoch;
  std::string_view curves;  // {0}, {1}, {2} the marks of training, validation and both
  std::string_view no_history;

  // compare_report
  std::string_view comparison;
  std::string_view measure_title;
  std::string_view parameter_count;
  std::string_view checkpoint_size;
  std::string_view same_state;        // {0} root
  std::string_view first_difference;  // {0} array, {1} tensor, {2} chunk
  std::string_view different_state;
  std::string_view other_layout;
  std::string_view unknown_difference;

  // verify_report
  std::string_view verification;
  std::string_view whole;               // {0} names, {1} root
  std::string_view whole_without_root;  // {0} names
  std::string_view not_whole;           // {0} names
  std::string_view all_whole;           // {0} checkpoints
  std::string_view some_damaged;        // {0} checkpoints, {1} damaged ones

  // consolidate_report
  std::string_view consolidated;  // {0} set, {1} file, {2} size
  std::string_view root_line;     // {0} root

  // export_report
  std::string_view exported;       // {0} checkpoint, {1} folder, {2} format, {3} parameters
  std::string_view exported_file;  // {0} name, {1} size
  std::string_view zero_biases;    // {0} elements

  // clean_report
  std::string_view cleaning;      // {0} files that stay
  std::string_view cleaned_file;  // {0} name, {1} size
  std::string_view would_clean;   // {0} name, {1} size
  std::string_view freed;         // {0} size
  std::string_view would_free;    // {0} size
  std::string_view still_shared;  // {0} size
  std::string_view nothing_to_clean;

  // plan_report
  std::string_view configuration;
  std::string_view plan;
  std::string_view model;
  std::string_view parameters;
  std::string_view train_tokens;
  std::string_view validation_tokens;
  std::string_view train_windows;
  std::string_view steps_per_epoch;
  std::string_view total_steps;
  std::string_view steps_left;
  std::string_view ranks;
  std::string_view lanes;
  std::string_view checkpoint_bytes;
  std::string_view memory_per_rank;
  std::string_view gpu_memory_per_rank;
  std::string_view free_disk;
  std::string_view estimated;   // {0} count
  std::string_view with_note;   // {0} count, {1} note
  std::string_view idle_ranks;  // {0} idle, {1} ranks, {2} lanes, {3} ranks that have work
  std::string_view disk_too_small;
  std::string_view nothing_written;

  // doctor_report; {0} of the lines is a sentence
  std::string_view doctor;  // {0} ranks, {1} hosts
  std::string_view host_title;
  std::string_view ranks_title;
  std::string_view cores_title;
  std::string_view threads_title;
  std::string_view free_memory_title;
  std::string_view needed_memory_title;
  std::string_view clock_title;
  std::string_view disk_title;
  std::string_view gpu_title;
  std::string_view pair_title;
  std::string_view latency_title;
  std::string_view bandwidth_title;
  std::string_view fine_line;
  std::string_view warning_line;
  std::string_view problem_line;
  std::string_view configuration_fine;
  std::string_view command_line_fine;
  std::string_view program_fine;
  std::string_view processors_fine;
  std::string_view clocks_fine;
  std::string_view cores_fine;
  std::string_view memory_fine;
  std::string_view directory_fine;
  std::string_view disk_fine;  // {0} size of a checkpoint, {1} seconds to write it
  std::string_view network_fine;
  std::string_view gpu_fine;
  std::string_view training_fine;
  std::string_view training_fine_but;    // {0} warnings
  std::string_view training_would_fail;  // {0} problems

  // presets_text
  std::string_view saved_title;
  std::string_view every_epoch_is_saved;
  std::string_view best_and_latest_are_saved;
  std::string_view layers_title;
  std::string_view width_title;
  std::string_view positions_title;
  std::string_view vocabulary_title;
  std::string_view parameters_title;
  std::string_view tokenizers_vocabulary;

  // server_report
  std::string_view loading_model;  // {0} checkpoint
  std::string_view serving;        // {0} checkpoint, {1} parameters, {2} address
};

const Words& words_in(Language language);

}  // namespace lockstep
