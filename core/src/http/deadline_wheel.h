// Deadlines of many connections for the price of a list: coarse ticks, no timer per connection.
#pragma once

#include <boost/intrusive/list.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace gatehouse::http {

// Derive from it to have a deadline. Leaves its wheel when destroyed.
class DeadlineNode
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
public:
    std::uint64_t due() const noexcept { return due_; }

protected:
    ~DeadlineNode() = default;

private:
    friend class DeadlineWheel;
    std::uint64_t due_ = 0;     // tick at which it expires
    std::uint64_t looked_ = 0;  // tick at which the wheel looks at it next; at or before due_, where the wheel reaches
};

// One thread only. Putting a deadline off costs two stores: the wheel finds out when it comes by.
class DeadlineWheel {
public:
    explicit DeadlineWheel(std::size_t slots = 512) : slots_(slots) {}

    std::uint64_t now() const noexcept { return now_; }

    void set(DeadlineNode& node, std::uint64_t due) {
        node.due_ = due;
        if (node.is_linked() && node.looked_ <= due) return;
        if (node.is_linked()) node.unlink();
        place(node);
    }

    // Moves on by one tick and calls expired(node) for each that is due. It may unlink and destroy any node; one it
    // leaves alone is out of the wheel.
    template <class Expired>
    void tick(Expired expired) {
        ++now_;
        List due;
        due.splice(due.end(), slots_[now_ % slots_.size()]);
        while (!due.empty()) {
            Node& node = due.front();
            due.pop_front();
            if (node.due_ > now_)
                place(node);
            else
                expired(node);
        }
    }

private:
    using Node = DeadlineNode;
    using List = boost::intrusive::list<Node, boost::intrusive::constant_time_size<false>>;

    void place(Node& node) {
        const std::uint64_t soonest = now_ + 1, farthest = now_ + slots_.size() - 1;
        node.looked_ = node.due_ < soonest ? soonest : node.due_ > farthest ? farthest : node.due_;
        slots_[node.looked_ % slots_.size()].push_back(node);
    }

    std::uint64_t now_ = 0;
    std::vector<List> slots_;
};

}  // namespace gatehouse::http
