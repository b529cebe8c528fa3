// SPDX-License-Identifier: Apache-2.0
#include "report/chinese.h"

#include "base/sentence.h"

namespace lockstep {

std::vector<Translation> all_translations() {
  std::vector<Translation> all;
  for (const Translations& part :
       {kChineseOfAppPrograms, kChineseOfAppRuns, kChineseOfBase, kChineseOfBatches,
        kChineseOfCheckpoint, kChineseOfComm, kChineseOfConfig, kChineseOfDevice, kChineseOfExport,
        kChineseOfGenerate, kChineseOfLanes, kChineseOfModel, kChineseOfOptim, kChineseOfReport,
        kChineseOfServe, kChineseOfStore, kChineseOfText, kChineseOfTrain})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

void speak(Language language) {
  SentenceTable table;
  if (language == Language::zh)
    for (const Translation& translation : all_translations())
      table.emplace(translation.english, translation.chinese);
  translate_sentences(std::move(table));
}

}  // namespace lockstep
