// SPDX-License-Identifier: Apache-2.0
// Only carries the precompiled header that the test programs share.
