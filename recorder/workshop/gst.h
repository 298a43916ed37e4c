// GST arithmetic of an invoice's lines and totals.
#ifndef REDRIVE_RECORDER_WORKSHOP_GST_H_
#define REDRIVE_RECORDER_WORKSHOP_GST_H_

#include "recorder/workshop/value.h"

namespace redrive::workshop {

struct GstRule {
  bool between_states = false;  // IGST; otherwise half CGST, half SGST
  bool inclusive = false;       // rates contain the tax
};

// A line as stored, from a line of the request; without line_item_id and invoice_id.
Value GstLine(const Value& item, const GstRule& rule);

// sub_total … balance_due of `lines`, with the discount, shipping and adjustment of `body`.
Value GstTotals(const Value& lines, const Value& body);

}  // namespace redrive::workshop

#endif  // REDRIVE_RECORDER_WORKSHOP_GST_H_
