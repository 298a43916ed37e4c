#include "recorder/workshop/gst.h"

#include "recorder/workshop/money.h"

namespace redrive::workshop {
namespace {

Decimal SumOf(const Value& lines, std::string_view field) {
  Decimal sum;
  for (const Value& line : lines.Items()) sum += line[field].Number();
  return sum.RoundedToCents();
}

// `value` per cent of `base`, or `value` itself.
Decimal Discount(const Value& type, Decimal value, Decimal base) {
  const bool percentage = type.IsNull() || type == "percentage";
  return percentage ? Percent(base, value) : value;
}

Value Amount(bool applies, Decimal amount) {
  return applies ? Value(amount.RoundedToCents()) : Value(0);
}

}  // namespace

Value GstLine(const Value& item, const GstRule& rule) {
  const Decimal quantity = BodyNumber(item, "quantity", 1);
  const Decimal price = BodyNumber(item, "rate");
  const Decimal amount = quantity * price;
  const Decimal discount_value = BodyNumber(item, "discount_value");
  const Decimal discount = Discount(item["discount_type"], discount_value, amount);
  const Decimal net = amount - discount;
  const bool untaxed = item["tax_type"] == "none";
  const Decimal tax_rate = untaxed ? Decimal() : BodyNumber(item, "tax_rate", 18);
  const Decimal taxable = rule.inclusive ? net * Decimal(100) / (Decimal(100) + tax_rate) : net;
  const Decimal tax = rule.inclusive ? net - taxable : Percent(net, tax_rate);
  const bool igst = rule.between_states;
  const Decimal half = tax / Decimal(2);
  Value line =
      Object("item_id", item["item_id"], "name", item["name"], "description",
             BodyText(item, "description"), "hsn_sac_code", BodyText(item, "hsn_sac_code"),
             "quantity", quantity, "unit", BodyText(item, "unit", "pcs"), "rate",
             price.RoundedToCents(), "discount_type", BodyText(item, "discount_type", "percentage"),
             "discount_value", discount_value, "discount_amount", discount.RoundedToCents(),
             "tax_type", BodyText(item, "tax_type", "gst"), "tax_rate", tax_rate, "taxable_amount",
             taxable.RoundedToCents());
  const Decimal half_rate = tax_rate / Decimal(2);
  AppendMembers(line, "cgst_rate", igst ? Value(0) : Value(half_rate), "cgst_amount",
                Amount(!igst, half), "sgst_rate", igst ? Value(0) : Value(half_rate), "sgst_amount",
                Amount(!igst, half), "igst_rate", igst ? Value(tax_rate) : Value(0), "igst_amount",
                Amount(igst, tax), "tax_amount", tax.RoundedToCents(), "amount",
                amount.RoundedToCents(), "total", (taxable + tax).RoundedToCents(), "account_id",
                BodyText(item, "account_id"));
  return line;
}

Value GstTotals(const Value& lines, const Value& body) {
  const Decimal sub_total = SumOf(lines, "amount");
  const Decimal item_discount = SumOf(lines, "discount_amount");
  const Decimal taxable = SumOf(lines, "taxable_amount");
  const Decimal tax = SumOf(lines, "tax_amount");
  const Decimal shipping = BodyNumber(body, "shipping_charge");
  const Decimal adjustment = BodyNumber(body, "adjustment");
  const Decimal invoice_discount = Discount(
      body["discount_type"], BodyNumber(body, "discount_value"), sub_total - item_discount);
  const Decimal total = (taxable + tax - invoice_discount + shipping + adjustment).RoundedToCents();
  return Object("sub_total", sub_total, "item_discount", item_discount, "invoice_discount",
                invoice_discount.RoundedToCents(), "total_discount",
                (item_discount + invoice_discount).RoundedToCents(), "taxable_amount",
                (taxable - invoice_discount).RoundedToCents(), "cgst_total",
                SumOf(lines, "cgst_amount"), "sgst_total", SumOf(lines, "sgst_amount"),
                "igst_total", SumOf(lines, "igst_amount"), "tax_total", tax, "shipping_charge",
                shipping.RoundedToCents(), "adjustment", adjustment.RoundedToCents(), "grand_total",
                total, "balance_due", total);
}

}  // namespace redrive::workshop
