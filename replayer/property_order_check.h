// The model as a specification: is there an order of the requests of all lanes, within real time,
// in which the model takes exactly those that the service took? Linearizability (Herlihy & Wing,
// ACM TOPLAS 12, 1990) of acceptance; what answers hold besides is for the model's checks.
#ifndef REDRIVE_REPLAYER_PROPERTY_ORDER_CHECK_H_
#define REDRIVE_REPLAYER_PROPERTY_ORDER_CHECK_H_

#include <optional>
#include <string>

#include "recorder/trace_records.h"
#include "replayer/checker.h"
#include "replayer/property_gen.h"
#include "replayer/property_model.h"

namespace redrive::par {

inline constexpr const char* kOrderCheck = "what is taken and refused fits an order of the model";

// As a checker's verdict, with the shape "no_order". A request without an answer, or with one of
// 500 and above, may have been taken or not. Unknown when more than `states_max` states are met.
// REQUIRES: `trace` is an execution of PlanToCase(model, plan, …).
Verdict CheckOrder(const Model& model, const Plan& plan, const Trace& trace,
                   std::size_t states_max = kStatesMax);

}  // namespace redrive::par

#endif  // REDRIVE_REPLAYER_PROPERTY_ORDER_CHECK_H_
