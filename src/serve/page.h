// SPDX-License-Identifier: Apache-2.0
// The page that a person sees who opens the server's address: a prompt, a few settings, the text.
#pragma once

#include <string_view>

namespace lockstep {

// HTML that needs nothing from elsewhere, in Chinese and English by the browser's language.
std::string_view page_text();

}  // namespace lockstep
