// What a folder of regression cases said: as a table, as JSON, and as JUnit XML for a CI server.
#ifndef REDRIVE_REPLAYER_REGRESSION_REPORT_H_
#define REDRIVE_REPLAYER_REGRESSION_REPORT_H_

#include <string>
#include <vector>

#include "replayer/regression.h"

namespace redrive {

struct CorpusEntry {
  std::string file;
  RegressionCase regression;  // as far as it could be read
  RegressionResult result;
  bool accepted = false;  // was gone; the file now expects a pass
};

// Each ends in a newline; equal entries give equal bytes.
std::string CorpusToText(const std::vector<CorpusEntry>& entries);
std::string CorpusToJson(const std::vector<CorpusEntry>& entries);
std::string CorpusToJUnit(const std::vector<CorpusEntry>& entries);

// 0 all as expected or accepted, 1 a case violates or is gone, 2 a case cannot run, 3 inconclusive.
int CorpusExitCode(const std::vector<CorpusEntry>& entries);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_REGRESSION_REPORT_H_
