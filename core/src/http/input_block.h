// Where the bytes of requests lie while they are looked at. Idle and writing connections hold none.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "http/head_parser.h"

namespace gatehouse::http {

struct InputBlock {
    explicit InputBlock(std::size_t size) : capacity(size), bytes(std::make_unique_for_overwrite<char[]>(size)) {}

    std::string_view unread() const noexcept { return {bytes.get() + begin, end - begin}; }
    bool empty() const noexcept { return begin == end; }
    std::size_t room() const noexcept { return capacity - end; }
    // At most room() bytes.
    void append(std::string_view text) noexcept {
        std::memcpy(bytes.get() + end, text.data(), text.size());
        end += text.size();
    }
    // Moves what is unread to the front. No view into the block may be in use.
    void compact() noexcept {
        if (begin == 0) return;
        std::memmove(bytes.get(), bytes.get() + begin, end - begin);
        end -= begin;
        begin = 0;
    }

    const std::size_t capacity;
    std::unique_ptr<char[]> bytes;
    std::size_t begin = 0, end = 0;
    std::optional<HeadParser> parser;
    FieldStore fields;
};

// One thread only. The block given back last is taken next: it is the one in the processor's cache.
class BlockPool {
public:
    explicit BlockPool(std::size_t block_bytes) : block_bytes_(block_bytes) {}

    std::unique_ptr<InputBlock> take() {
        if (free_.empty()) return std::make_unique<InputBlock>(block_bytes_);
        auto block = std::move(free_.back());
        free_.pop_back();
        return block;
    }
    void give_back(std::unique_ptr<InputBlock> block) {
        if (!block || free_.size() >= kKept) return;
        block->begin = block->end = 0;
        block->parser.reset();
        free_.push_back(std::move(block));
    }

private:
    static constexpr std::size_t kKept = 64;
    const std::size_t block_bytes_;
    std::vector<std::unique_ptr<InputBlock>> free_;
};

}  // namespace gatehouse::http
