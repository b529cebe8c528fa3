// SPDX-License-Identifier: Apache-2.0
// Compiles the precompiled LibTorch header that every target using LibTorch shares.
