using Marten;
using Marten.Services;
using Npgsql;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.ServiceDefaults;

namespace TreasureHunt.Tests.Integration.Settings;

/// <summary>
/// Whoever appends to the settings meanwhile finds that this one was faster, each time: its transaction holds the table of events, so that others wait behind it with
/// what they decided; it appends a change of its own, and before it commits its next transaction stands in line. Reads pass.
/// </summary>
internal sealed class FasterRival : IAsyncDisposable
{
    public const string Who = "rival";
    private const string Table = "settings.mt_events"; // what an append to a stream that exists writes first
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _ending = new();
    private readonly NpgsqlDataSource _data;
    private readonly DocumentStore _store;
    private readonly SettingsLog _log;
    private readonly NpgsqlConnection _looking;
    private Task _running = Task.CompletedTask;
    private volatile int _changes;

    private FasterRival(NpgsqlDataSource data, NpgsqlConnection looking)
    {
        (_data, _store, _looking) = (data, SettingsStore.Open(data), looking);
        _log = new SettingsLog(_store);
    }

    /// <summary>Changes it has made.</summary>
    public int Changes => _changes;

    /// <summary>From when this returns until it is disposed of, nobody else gets a change in. There must be one already.</summary>
    public static async Task<FasterRival> StartAsync(HuntOptions options)
    {
        var data = options.DataSource(Who, 5, null);
        var rival = new FasterRival(data, await data.OpenConnectionAsync());
        var turn = await Turn.InLineAsync(data);
        await turn.Comes;
        rival._running = rival.RunAsync(turn);
        return rival;
    }

    private async Task RunAsync(Turn turn)
    {
        while (await IsWaitedForAsync(turn))
        {
            var next = await Turn.InLineAsync(_data);
            while (!await StandsInLineAsync(next)) await Task.Delay(5);
            await AppendAsync(turn.Transaction);
            _changes++;
            await turn.Transaction.CommitAsync();
            await turn.DisposeAsync();
            await next.Comes.WaitAsync(Patience);
            turn = next;
        }
        await turn.DisposeAsync();
    }

    private async Task AppendAsync(NpgsqlTransaction transaction)
    {
        var state = (await _log.ReadAsync(default)).State; // the last there is: nobody else may write
        var ask = new ChangeSettings(new Dictionary<string, SettingValue?> { ["checkpoint.every"] = SettingValue.Of(1_000 + (state.Version % 1_000)) }, "faster");
        var change = SettingsDecider.Decide(state, ask, new FleetFacts([], 8, 300), null, Who, TimeProvider.System.GetUtcNow()).Change!;
        await using var session = _store.LightweightSession(SessionOptions.ForTransaction(transaction));
        session.Events.Append(SettingsChange.Stream, change.Version, change);
        await session.SaveChangesAsync();
    }

    /// <summary>Until somebody stands behind this turn.</summary>
    /// <returns>false: it is to end</returns>
    private async Task<bool> IsWaitedForAsync(Turn turn)
    {
        while (!_ending.IsCancellationRequested)
        {
            if (await LookAsync($"select exists (select from pg_locks where not granted and {turn.Process} = any(pg_blocking_pids(pid)))")) return true;
            await Task.Delay(5);
        }
        return false;
    }

    private Task<bool> StandsInLineAsync(Turn turn) => LookAsync($"select exists (select from pg_locks where not granted and pid = {turn.Process})");

    private async Task<bool> LookAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _looking);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        await _looking.DisposeAsync();
        await _store.DisposeAsync();
        await _data.DisposeAsync();
        _ending.Dispose();
    }

    /// <summary>A transaction that holds the table, or waits for it.</summary>
    private sealed class Turn(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public static async Task<Turn> InLineAsync(NpgsqlDataSource data)
        {
            var connection = await data.OpenConnectionAsync();
            return new Turn(connection, await connection.BeginTransactionAsync());
        }

        public int Process { get; } = connection.ProcessID;

        public NpgsqlTransaction Transaction => transaction;

        /// <summary>It holds the table.</summary>
        public Task Comes { get; } = LockAsync(connection, transaction);

        private static async Task LockAsync(NpgsqlConnection connection, NpgsqlTransaction transaction)
        {
            await using var command = new NpgsqlCommand($"lock table {Table} in share row exclusive mode", connection, transaction);
            await command.ExecuteNonQueryAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
