// Keys of parsed texts. The names that requests are known to use are found in a table made once; a
// key of another name owns a shared copy of its text.
#include <array>
#include <atomic>
#include <new>

#include "core/frame_pool.h"
#include "core/hash.h"
#include "recorder/workshop/value.h"

namespace redrive::workshop {
namespace {

constexpr std::string_view kKnownNames[] = {"subject",
                                            "description",
                                            "priority",
                                            "category",
                                            "vehicle_id",
                                            "title",
                                            "vehicle_type",
                                            "vehicle_make",
                                            "vehicle_model",
                                            "vehicle_number",
                                            "vehicle_category",
                                            "vehicle_year",
                                            "customer_id",
                                            "customer_name",
                                            "customer_type",
                                            "contact_number",
                                            "customer_email",
                                            "issue_type",
                                            "incident_location",
                                            "attachments_count",
                                            "estimated_cost",
                                            "error_codes_reported",
                                            "email",
                                            "password",
                                            "token",
                                            "name",
                                            "type",
                                            "item_id",
                                            "qty",
                                            "unit",
                                            "unit_price",
                                            "discount",
                                            "tax_rate",
                                            "hsn_code",
                                            "version",
                                            "quantity",
                                            "rate",
                                            "hsn_sac_code",
                                            "line_items",
                                            "amount",
                                            "payment_mode",
                                            "reference_number",
                                            "payment_date",
                                            "notes",
                                            "ticket_id",
                                            "estimate_id",
                                            "invoice_id",
                                            "allocations",
                                            "entry_date",
                                            "lines",
                                            "account_id",
                                            "debit_amount",
                                            "credit_amount",
                                            "entry_type",
                                            "source_document_id",
                                            "source_document_type",
                                            "is_posted",
                                            "reversal_date",
                                            "reason",
                                            "resolution",
                                            "resolution_outcome",
                                            "resolution_notes",
                                            "warehouse_id",
                                            "adjustment_type",
                                            "quantity_used",
                                            "quantity_returned",
                                            "work_summary",
                                            "parts_used",
                                            "labor_hours",
                                            "user_id",
                                            "role",
                                            "org_id",
                                            "exp",
                                            "status",
                                            "symptoms",
                                            "issue_description",
                                            "comment",
                                            "admin_name",
                                            "admin_email",
                                            "admin_password",
                                            "industry_type",
                                            "min_stock_level",
                                            "cost_price",
                                            "sku",
                                            "message",
                                            "organization_id",
                                            "code",
                                            "phone"};

class KnownNames {
 public:
  KnownNames() {
    for (const std::string_view name : kKnownNames) {
      std::size_t slot = HashName(name) % slots_.size();
      while (!slots_[slot].empty()) slot = (slot + 1) % slots_.size();
      slots_[slot] = name;
    }
  }
  // The static text, or an empty view.
  [[nodiscard]] std::string_view Find(std::string_view name) const {
    if (name.empty() || name.size() > 32) return {};
    std::size_t slot = HashName(name) % slots_.size();
    while (!slots_[slot].empty() && slots_[slot] != name) slot = (slot + 1) % slots_.size();
    return slots_[slot];
  }

 private:
  std::array<std::string_view, 512> slots_;
};
static_assert(std::size(kKnownNames) * 4 < 512);

struct OwnedText {
  std::atomic<std::uint32_t> references{1};
  [[nodiscard]] char* text() { return reinterpret_cast<char*>(this + 1); }
  static OwnedText* Of(const char* text) {
    return reinterpret_cast<OwnedText*>(const_cast<char*>(text)) - 1;
  }
};

}  // namespace

Key Key::Copy(std::string_view text) {
  static const KnownNames known;
  const std::string_view name = known.Find(text);
  if (!name.empty()) return Static(name);
  auto* const owned = new (AllocateFrame(sizeof(OwnedText) + text.size())) OwnedText();
  if (!text.empty()) std::memcpy(owned->text(), text.data(), text.size());
  return Key(owned->text(), static_cast<std::uint32_t>(text.size()), true);
}

void Key::Retain() const { internal::AddReference(OwnedText::Of(text_)->references); }

void Key::Drop() {
  OwnedText* const owned = OwnedText::Of(text_);
  if (!internal::DropReference(owned->references)) return;
  owned->~OwnedText();
  FreeFrame(owned, sizeof(OwnedText) + size_);
}

}  // namespace redrive::workshop
