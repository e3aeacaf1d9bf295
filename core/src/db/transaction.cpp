#include "db/transaction.h"

#include <gatehouse/error.h>

#include <algorithm>

#include "db/fact_rules.h"

namespace gatehouse::db {

class StatementSet::Prepared final : public Statement {
public:
    Prepared(StatementSet& set, sqlite3_stmt* statement) : set_(set), statement_(statement) {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }

    sqlite3_stmt* raw() const { return statement_; }
    bool at_rest() const { return state_ != State::kRow; }
    // Somebody prepared the same text again.
    void take_away() { statement_ = nullptr; }
    void renew() {
        reset();
        sqlite3_clear_bindings(statement_);
    }

    using Statement::bind;
    Statement& bind(int index, std::int64_t value) override { return check(sqlite3_bind_int64(ready(), index, value)); }
    Statement& bind(int index, double value) override { return check(sqlite3_bind_double(ready(), index, value)); }
    Statement& bind(int index, std::string_view value) override {
        const char* text = value.data() ? value.data() : "";
        return check(sqlite3_bind_text64(ready(), index, text, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    }
    Statement& bind_blob(int index, std::span<const std::byte> value) override {
        if (value.empty()) return check(sqlite3_bind_zeroblob(ready(), index, 0));
        return check(sqlite3_bind_blob64(ready(), index, value.data(), value.size(), SQLITE_TRANSIENT));
    }
    Statement& bind_null(int index) override { return check(sqlite3_bind_null(ready(), index)); }

    bool step() override {
        if (state_ == State::kDone) return false;
        sqlite3_stmt* statement = alive();
        Connection& connection = set_.connection_;
        if (state_ == State::kReady) begin(statement);
        connection.set_deadline(deadline_);
        const int code = sqlite3_step(statement);
        connection.clear_deadline();
        if (code == SQLITE_ROW) {
            state_ = State::kRow;
            return true;
        }
        if (code != SQLITE_DONE) {
            const Error error = connection.failure(code, set_.label_);
            sqlite3_reset(statement);
            state_ = State::kReady;
            throw error;
        }
        // Frees the read mark and a large result at once, not with the next use.
        sqlite3_reset(statement);
        state_ = State::kDone;
        return false;
    }
    void reset() override {
        sqlite3_reset(alive());
        state_ = State::kReady;
    }

    bool is_null(int column) const override { return sqlite3_column_type(row(column), column) == SQLITE_NULL; }
    std::int64_t integer(int column) const override { return sqlite3_column_int64(row(column), column); }
    double real(int column) const override { return sqlite3_column_double(row(column), column); }
    std::string text(int column) const override {
        const unsigned char* text = sqlite3_column_text(row(column), column);
        return bytes(text, column);
    }
    std::string blob(int column) const override {
        const void* blob = sqlite3_column_blob(row(column), column);
        return bytes(blob, column);
    }

private:
    enum class State { kReady, kRow, kDone };

    [[noreturn]] void misuse(const char* what) const {
        throw Error(ErrorCode::kInternal, std::string(set_.label_) + ": " + what);
    }
    sqlite3_stmt* alive() const {
        if (!statement_) misuse("a statement was used after the same text had been prepared again");
        return statement_;
    }
    // A statement that has run to its end is bound for its next run.
    sqlite3_stmt* ready() {
        if (state_ == State::kDone) state_ = State::kReady;
        return alive();
    }
    sqlite3_stmt* row(int column) const {
        sqlite3_stmt* statement = alive();
        if (state_ != State::kRow) misuse("a column was read where there is no row");
        if (column < 0 || column >= sqlite3_column_count(statement))
            misuse("a column was read that the query does not have");
        return statement;
    }
    std::string bytes(const void* start, int column) const {
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
        return start ? std::string(static_cast<const char*>(start), size) : std::string();
    }
    Statement& check(int code) {
        if (code != SQLITE_OK) throw set_.connection_.failure(code, set_.label_);
        return *this;
    }
    void begin(sqlite3_stmt* statement) {
        ++set_.connection_.counters().queries;
        const auto& deadlines = set_.deadlines_;
        deadline_ = set_.connection_.clock().monotonic_now() +
                    (sqlite3_stmt_readonly(statement) != 0 ? deadlines.reading : deadlines.writing);
    }

    StatementSet& set_;
    sqlite3_stmt* statement_;
    State state_ = State::kReady;
    MonotonicTime deadline_;
};

StatementSet::StatementSet(Connection& connection, const char* label, const StatementDeadlines& deadlines)
    : connection_(connection), label_(label), deadlines_(deadlines) {}

StatementSet::~StatementSet() {
    for (const auto& prepared : statements_) {
        if (!prepared->raw()) continue;
        sqlite3_reset(prepared->raw());
        sqlite3_clear_bindings(prepared->raw());
    }
    connection_.end_of_use();
}

Statement& StatementSet::prepare(const char* sql) {
    sqlite3_stmt* statement = connection_.prepare(sql);
    // From the back: a text that is prepared over and over was prepared lately.
    const auto before = std::find_if(statements_.rbegin(), statements_.rend(),
                                     [&](const auto& prepared) { return prepared->raw() == statement; });
    if (before != statements_.rend()) {
        if ((*before)->at_rest()) {
            (*before)->renew();
            return **before;
        }
        (*before)->take_away();
    }
    statements_.push_back(std::make_unique<Prepared>(*this, statement));
    return *statements_.back();
}

std::int64_t WriteTransaction::last_insert_rowid() const { return sqlite3_last_insert_rowid(connection_.handle()); }
std::int64_t WriteTransaction::changes() const { return sqlite3_changes64(connection_.handle()); }

void WriteTransaction::publish(const Fact& fact) {
    const auto rowid = last_insert_rowid();
    try {
        check_fact(fact);
        const std::string source = is_core_owner(connection_.access().owner) ? "core" : connection_.access().owner;
        Access internal;
        internal.owner = "core";
        internal.phase = Access::Phase::kInternal;
        const Connection::Acting acting(connection_, internal);
        statements_.prepare("INSERT INTO core_outbox (at_us, source, type, subject, payload) VALUES (?, ?, ?, ?, ?)")
            .bind(1, connection_.clock().utc_now().us)
            .bind(2, source)
            .bind(3, fact.type)
            .bind(4, fact.subject)
            .bind(5, fact.payload)
            .run();
        ++published_;
    } catch (...) {
        doomed_ = std::current_exception();
        throw;
    }
    // The function's own last row id stays what it was.
    sqlite3_set_last_insert_rowid(connection_.handle(), rowid);
}

}  // namespace gatehouse::db
