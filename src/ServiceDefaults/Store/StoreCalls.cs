using Npgsql;
using Polly.CircuitBreaker;
using Polly.Timeout;
using TreasureHunt.ServiceDefaults.Resilience;

namespace TreasureHunt.ServiceDefaults.Store;

/// <summary>
/// Statements by the pipeline of the store. Whoever knows what to do about a store that is away need not know how that was
/// found out: its exceptions are all of Npgsql's kind.
/// </summary>
/// <param name="pipeline">null: straight, for tools and tests</param>
public sealed class StoreCalls(LivePipeline? pipeline)
{
    public static readonly StoreCalls Straight = new(null);

    /// <summary>May be made twice without harm: reads, and writes that say "on conflict".</summary>
    public async ValueTask<T> RepeatableAsync<TState, T>(Func<TState, CancellationToken, ValueTask<T>> call, TState state, CancellationToken cancel)
    {
        try
        {
            return await (pipeline?.ExecuteAsync(call, state, cancel) ?? call(state, cancel));
        }
        catch (Exception e) when (IsDisguised(e))
        {
            throw new StoreAwayException(e);
        }
    }

    /// <inheritdoc cref="RepeatableAsync{TState,T}"/>
    public ValueTask<T> RepeatableAsync<T>(Func<CancellationToken, ValueTask<T>> call, CancellationToken cancel) =>
        RepeatableAsync(static (call, attempt) => call(attempt), call, cancel);

    /// <summary>The pipeline's own exceptions, and those that the event store puts around Npgsql's.</summary>
    private static bool IsDisguised(Exception e) => e is TimeoutRejectedException or BrokenCircuitException || (e is not NpgsqlException && StoreFailures.IsItsFault(e));

    /// <summary>One attempt. When it fails the outcome is unknown: look before it is tried again.</summary>
    public async ValueTask OnceAsync<TState>(Func<TState, CancellationToken, ValueTask> call, TState state, CancellationToken cancel)
    {
        try
        {
            await (pipeline?.OnceAsync(call, state, cancel) ?? call(state, cancel));
        }
        catch (Exception e) when (IsDisguised(e))
        {
            throw new StoreAwayException(e);
        }
    }
}

/// <summary>The store did not answer in time, broke off, or is not asked for a moment because it has not answered others.</summary>
public sealed class StoreAwayException(Exception inner) : NpgsqlException(
    inner switch
    {
        BrokenCircuitException => "PostgreSQL has failed too often and is left alone for a moment (store.breakDuration).",
        TimeoutRejectedException => "PostgreSQL did not answer in time (store.timeout).",
        _ => $"PostgreSQL broke off: {inner.GetBaseException().Message}",
    }, inner);

/// <summary>Tells a store that is away from one that says no.</summary>
public static class StoreFailures
{
    /// <summary>Worth waiting for: the server is away or busy, not: it says no.</summary>
    public static bool IsItsFault(Exception e) => e switch
    {
        PostgresException postgres => postgres.IsTransient || postgres.SqlState is "57P01" or "57P02" or "57P03" or "25P03" or "25P02" || postgres.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException or TimeoutException or IOException or System.Net.Sockets.SocketException => true,
        _ => e.InnerException is { } inner && IsItsFault(inner),
    };
}
