// The database every plugin shares: SQLite in WAL mode, one writer thread, N pooled read connections.
//
// A plugin gets a Database that carries its authorizer: it writes only tables with its own prefix and reads its own
// tables and published views (v_...). SQL text is a literal; values are always bound.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <gatehouse/clock.h>
#include <gatehouse/registration.h>

namespace gatehouse {

// SQL text that is known at compile time.
class Sql {
public:
    consteval Sql(const char* text) : text_(text) {}  // NOLINT(google-explicit-constructor)
    constexpr const char* c_str() const noexcept { return text_; }

private:
    const char* text_;
};

// A prepared statement, cached per connection. Parameters are numbered from 1, columns from 0. Not thread-safe; lives
// inside the transaction function that prepared it. Every call may throw Error(kInternal | kUnavailable | kConflict).
class Statement {
public:
    virtual ~Statement() = default;
    virtual Statement& bind(int index, std::int64_t value) = 0;
    virtual Statement& bind(int index, double value) = 0;
    virtual Statement& bind(int index, std::string_view value) = 0;  // copied
    virtual Statement& bind_blob(int index, std::span<const std::byte> value) = 0;
    virtual Statement& bind_null(int index) = 0;

    Statement& bind(int index, int value) { return bind(index, static_cast<std::int64_t>(value)); }
    Statement& bind(int index, const char* value) { return bind(index, std::string_view(value)); }
    Statement& bind(int index, const std::string& value) { return bind(index, std::string_view(value)); }
    template <class V>
    Statement& bind(int index, const std::optional<V>& value) {
        return value ? bind(index, *value) : bind_null(index);
    }

    // True while there is a row.
    virtual bool step() = 0;
    // Runs a statement that gives no rows to its end.
    void run() {
        while (step()) {
        }
    }
    virtual void reset() = 0;

    virtual bool is_null(int column) const = 0;
    virtual std::int64_t integer(int column) const = 0;
    virtual double real(int column) const = 0;
    virtual std::string text(int column) const = 0;
    virtual std::string blob(int column) const = 0;
    std::optional<std::int64_t> optional_integer(int column) const {
        return is_null(column) ? std::nullopt : std::optional(integer(column));
    }
    std::optional<double> optional_real(int column) const {
        return is_null(column) ? std::nullopt : std::optional(real(column));
    }
    std::optional<std::string> optional_text(int column) const {
        return is_null(column) ? std::nullopt : std::optional(text(column));
    }
};

// A consistent view for the time of the function it is given to.
class ReadTx {
public:
    virtual ~ReadTx() = default;
    virtual Statement& prepare(Sql sql) = 0;
};

// A fact that must not be lost: what happened, kept by the core's outbox until every durable subscriber has seen it.
struct Fact {
    std::string type;     // dotted, e.g. "camera.created"; [a-z0-9_.], at most 64 bytes
    std::string subject;  // what it is about, e.g. a camera's UUID; at most 200 bytes
    std::string payload;  // JSON text, at most 16 KiB, never a secret
};

// A fact as a durable subscriber gets it.
struct RecordedFact {
    std::int64_t id = 0;  // rises by commit order
    UtcTime at;
    std::string source;  // plugin that published it, "core" for the core
    Fact fact;
};

// Reads inside it see what it has written. An exception undoes this function's writes alone.
class WriteTx : public ReadTx {
public:
    virtual std::int64_t last_insert_rowid() const = 0;
    virtual std::int64_t changes() const = 0;
    // Written in this transaction; a fact that cannot be written fails it.
    virtual void publish(const Fact& fact) = 0;
};

// kSync: on the disk (fsynced) before the future is ready. kNormal: survives a crash of the process, a power cut may
// undo the last moments.
enum class Durability { kNormal, kSync };

// Thread-safe. read() blocks (worker lane only, never a loop); write() queues and returns at once.
class Database {
public:
    virtual ~Database() = default;

    // Runs `fn(ReadTx&)` on a pooled connection. Waits for one up to db.read_wait, then Error(kUnavailable). `label` is
    // a dotted literal name for statistics. A statement past its deadline is interrupted: Error(kUnavailable).
    template <class Fn>
    auto read(const char* label, Fn&& fn) -> std::invoke_result_t<Fn, ReadTx&> {
        using R = std::invoke_result_t<Fn, ReadTx&>;
        if constexpr (std::is_void_v<R>) {
            read_erased(label, [&](ReadTx& tx) { fn(tx); });
        } else {
            std::optional<R> result;
            read_erased(label, [&](ReadTx& tx) { result.emplace(fn(tx)); });
            return std::move(*result);
        }
    }

    // Queues `fn(WriteTx&)` for the writer thread; the future gives its result after the commit, or its exception. The
    // queue is bounded: Error(kUnavailable) when it is full or the disk refuses writes.
    template <class Fn>
    auto write(const char* label, Durability durability, Fn fn) -> std::future<std::invoke_result_t<Fn, WriteTx&>> {
        using R = std::invoke_result_t<Fn, WriteTx&>;
        auto promise = std::make_shared<std::promise<R>>();
        auto future = promise->get_future();
        auto keep = std::make_shared<std::conditional_t<std::is_void_v<R>, char, std::optional<R>>>();
        write_erased(
            label, durability,
            [fn = std::make_shared<Fn>(std::move(fn)), keep](WriteTx& tx) {
                if constexpr (std::is_void_v<R>)
                    (*fn)(tx);
                else
                    keep->emplace((*fn)(tx));
            },
            [promise, keep](std::exception_ptr failure) {
                if (failure)
                    promise->set_exception(failure);
                else if constexpr (std::is_void_v<R>)
                    promise->set_value();
                else
                    promise->set_value(std::move(**keep));
            });
        return future;
    }

    // The same without a future: `done(nullptr)` after the commit, or `done(exception)`; called on the writer thread,
    // so it must only hand over.
    virtual void write_erased(const char* label, Durability durability, std::function<void(WriteTx&)> fn,
                              std::function<void(std::exception_ptr)> done) = 0;

    // Durable subscription to facts whose type starts with `type_prefix`, in order, on the worker lane, at least once:
    // the cursor `name` moves only after `handler` has returned. An exception is retried with back-off.
    [[nodiscard]] virtual Registration subscribe(const std::string& name, const std::string& type_prefix,
                                                 std::function<void(const RecordedFact&)> handler) = 0;

protected:
    virtual void read_erased(const char* label, const std::function<void(ReadTx&)>& fn) = 0;
};

}  // namespace gatehouse
