// What the tests of property-based runs share: the documented example and a service of one's own.
#ifndef REDRIVE_TESTS_REPLAYER_PROPERTY_TESTING_H_
#define REDRIVE_TESTS_REPLAYER_PROPERTY_TESTING_H_

#include <string>

#include "replayer/property.h"

// In property_example.cc, as docs/PROPERTIES.md shows it.
redrive::par::Model ShopModel();
redrive::Result<redrive::par::PropertyReport> CheckShop(redrive::ResettableFactory handlers,
                                                        std::string workshop);

namespace redrive {

// A service that a user might have: the paths of the example over two numbers per good. It looks
// before it takes; `careful` does both in one step.
ResettableFactory TinyShops(bool careful);

}  // namespace redrive

#endif  // REDRIVE_TESTS_REPLAYER_PROPERTY_TESTING_H_
