// SPDX-License-Identifier: Apache-2.0
// The Chinese of every sentence("...") in the sources, by folder. A policy test sees that none is
// missing, none is left over and both languages have places for the same values.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "report/words.h"

namespace lockstep {

struct Translation {
  std::string_view english;
  std::string_view chinese;
};
using Translations = std::initializer_list<Translation>;

// Of the folders of src/, one file of chinese/ each; app has two.
extern const Translations kChineseOfAppPrograms;
extern const Translations kChineseOfAppRuns;
extern const Translations kChineseOfBase;
extern const Translations kChineseOfBatches;
extern const Translations kChineseOfCheckpoint;
extern const Translations kChineseOfComm;
extern const Translations kChineseOfConfig;
extern const Translations kChineseOfDevice;
extern const Translations kChineseOfExport;
extern const Translations kChineseOfGenerate;
extern const Translations kChineseOfLanes;
extern const Translations kChineseOfModel;
extern const Translations kChineseOfOptim;
extern const Translations kChineseOfReport;
extern const Translations kChineseOfServe;
extern const Translations kChineseOfStore;
extern const Translations kChineseOfText;
extern const Translations kChineseOfTrain;

std::vector<Translation> all_translations();

// Says the sentences of this process in `language`.
// REQUIRES: before other threads say something.
void speak(Language language);

}  // namespace lockstep
