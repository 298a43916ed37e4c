// What stock, conservation and chain checks share: numbers of items, and who changed them by how
// much.
#ifndef REDRIVE_REPLAYER_CHECK_EFFECTS_H_
#define REDRIVE_REPLAYER_CHECK_EFFECTS_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "replayer/check_parse.h"
#include "replayer/judgement.h"

namespace redrive {

// One change of one item, by one operation.
struct Effect {
  const Operation* operation = nullptr;
  Decimal quantity;  // > 0: added; < 0: deducted
};

struct Effects {
  std::map<std::string, std::vector<Effect>> by_item;
  std::vector<Effect> anywhere;  // unanswered, and of an item nobody knows
};

// Adds the effects of `changes` with the quantity times `sign`. What was refused is left to
// `refused`, when not null. Values that are missing from accepted answers are reported.
void CollectEffects(Judgement& judgement, const std::vector<Change>& changes, int sign,
                    Effects& effects, Effects* refused);

// A number that was read, and by whom; `reader` is null for a number of the declaration.
struct Reading {
  const Operation* reader = nullptr;
  Decimal value;
};

// By item: the first reading of each item, or the last one. A fixed number stands under "".
std::map<std::string, Reading> ReadFirst(Judgement& judgement, const NumberSource& source);
std::map<std::string, Reading> ReadLast(Judgement& judgement, const NumberSource& source);

// The reading of `item`, or the one that holds for all; null when there is none.
const Reading* FindReading(const std::map<std::string, Reading>& readings, const std::string& item);

// How an effect stands to a span that begins after `from` (null: at the start) and ends with the
// reading `to` (null: never ends).
enum class Inside : std::uint8_t { kNo, kPerhaps, kYes };
Inside StandsInside(const Effect& effect, const Operation* from, const Operation* to);

// `main` and whoever of the effects overlaps it, then a few more of them: witnesses of a sum.
std::vector<std::uint64_t> WitnessesOfSum(const Operation* main,
                                          const std::vector<Effect>& effects);

}  // namespace redrive

#endif  // REDRIVE_REPLAYER_CHECK_EFFECTS_H_
