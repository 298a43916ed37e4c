// The bodies of Asio and of its TLS part, compiled once for the whole program
// (BOOST_ASIO_SEPARATE_COMPILATION): every other file sees declarations only.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
