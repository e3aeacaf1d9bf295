// What a transaction function sees: the SDK's ReadTx and WriteTx over one connection. Private to the room.
#pragma once

#include <deque>
#include <exception>
#include <memory>
#include <string>

#include <gatehouse/db.h>

#include "db/connection.h"

namespace gatehouse::db {

// Past its deadline a statement is interrupted, which is harmless for one that only reads. Interrupting one that writes
// makes SQLite undo the whole group (sqlite.org/c3ref/interrupt.html), so on the writer such a statement gets more
// time.
struct StatementDeadlines {
    std::chrono::milliseconds reading{5000};
    std::chrono::milliseconds writing{50'000};
};

// The statements of one transaction function. Preparing a text again resets the statement; who still holds it from
// before in mid-result gets Error(kInternal) at the next use.
class StatementSet {
public:
    StatementSet(Connection& connection, const char* label, const StatementDeadlines& deadlines);
    ~StatementSet();
    StatementSet(const StatementSet&) = delete;
    StatementSet& operator=(const StatementSet&) = delete;

    Statement& prepare(const char* sql);

private:
    class Prepared;
    Connection& connection_;
    const char* label_;
    StatementDeadlines deadlines_;
    std::deque<std::unique_ptr<Prepared>> statements_;
};

class ReadTransaction final : public ReadTx {
public:
    ReadTransaction(Connection& connection, const char* label, const StatementDeadlines& deadlines)
        : statements_(connection, label, deadlines) {}
    Statement& prepare(Sql sql) override { return statements_.prepare(sql.c_str()); }

private:
    StatementSet statements_;
};

class WriteTransaction final : public WriteTx {
public:
    WriteTransaction(Connection& connection, const char* label, const StatementDeadlines& deadlines)
        : connection_(connection), statements_(connection, label, deadlines) {}

    Statement& prepare(Sql sql) override { return statements_.prepare(sql.c_str()); }
    std::int64_t last_insert_rowid() const override;
    std::int64_t changes() const override;
    void publish(const Fact& fact) override;

    // Why the function must not be committed though it returned: a fact that could not be written, even if the function
    // caught that. Null otherwise.
    std::exception_ptr doomed() const { return doomed_; }
    std::size_t published() const { return published_; }

private:
    Connection& connection_;
    StatementSet statements_;
    std::exception_ptr doomed_;
    std::size_t published_ = 0;
};

}  // namespace gatehouse::db
