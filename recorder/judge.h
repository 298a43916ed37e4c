// Judging replies: whether a response is what the scenario accepts. A pure function of both.
#ifndef REDRIVE_RECORDER_JUDGE_H_
#define REDRIVE_RECORDER_JUDGE_H_

#include <string>

#include "core/virtual_time.h"
#include "recorder/scenario.h"
#include "recorder/transport.h"

namespace redrive {

// Why `reply` is not accepted by status and expectations, as the failures table shows it; "" when
// it is. The first difference counts: error, status, headers, body, JSON.
std::string JudgeReply(const RequestStep& step, const Reply& reply);

// Why an answer that came after `service_time` is too late, or "". What it tells is good all the
// same, so this is asked after its values are taken.
std::string JudgeTime(const RequestStep& step, VirtualTime service_time);

}  // namespace redrive

#endif  // REDRIVE_RECORDER_JUDGE_H_
