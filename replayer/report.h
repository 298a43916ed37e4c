// Reports: what CheckAll found, for people and for machines.
#ifndef REDRIVE_REPLAYER_REPORT_H_
#define REDRIVE_REPLAYER_REPORT_H_

#include <string>

#include "replayer/checker.h"

namespace redrive {

// Plain text, one block per check, ending in a newline. Lines are at most as long as their data.
std::string ReportToText(const CheckReport& report);

// One JSON document, ending in a newline; docs/CHECKS.md lists the fields. Byte-equal for equal
// reports.
std::string ReportToJson(const CheckReport& report);

// 0 pass, 1 violation, 3 unknown (design.md section 6).
int ExitCode(const CheckReport& report);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_REPORT_H_
