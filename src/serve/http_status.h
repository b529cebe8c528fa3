// SPDX-License-Identifier: Apache-2.0
// The status codes that answers have (RFC 9110, RFC 6585; 499 is that of nginx).
#pragma once

namespace lockstep {

inline constexpr int kOk = 200;
inline constexpr int kBadRequest = 400;
inline constexpr int kNotFound = 404;
inline constexpr int kMethodNotAllowed = 405;
inline constexpr int kRequestTimeout = 408;
inline constexpr int kContentTooLarge = 413;
inline constexpr int kUriTooLong = 414;
inline constexpr int kUnsupportedMediaType = 415;
inline constexpr int kUnprocessable = 422;
inline constexpr int kTooManyRequests = 429;
inline constexpr int kClientGone = 499;  // counted; who has left does not get it
inline constexpr int kServerFailed = 500;
inline constexpr int kUnavailable = 503;

}  // namespace lockstep
