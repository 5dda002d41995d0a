using Npgsql;

namespace TreasureHunt.Tests.Benchmarks.Claims.Lookups;

/// <summary>
/// One prepared SELECT by key per question, on pooled connections. Who waits for one waits here, without an end: thousands whose two seconds ran in the pool's
/// own queue would, after an outage, get their turn when these are nearly over, give up while connecting, and never come back.
/// </summary>
public sealed class StoreLookup : ILookup, IAsyncDisposable
{
    private const int MaxConnections = 64, PatienceSeconds = 2;

    private readonly NpgsqlDataSource _data;
    private readonly string _select;
    private readonly SemaphoreSlim _free = new(MaxConnections);
    private long _calls;

    /// <param name="select">gives version and value of the key $1</param>
    public StoreLookup(string connection, string select)
    {
        _select = select;
        _data = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection)
        {
            ApplicationName = "bench/lookup", MaxPoolSize = MaxConnections, MaxAutoPrepare = 4, AutoPrepareMinUsages = 1,
            Timeout = PatienceSeconds, CommandTimeout = PatienceSeconds,
        }.ConnectionString);
    }

    public long Calls => Interlocked.Read(ref _calls);

    public async ValueTask<CentralValue> GetAsync(CancellationToken cancel)
    {
        await _free.WaitAsync(cancel);
        try
        {
            Interlocked.Increment(ref _calls);
            await using var command = _data.CreateCommand(_select);
            command.Parameters.AddWithValue("lane.batchCap");
            await using var row = await command.ExecuteReaderAsync(cancel);
            await row.ReadAsync(cancel);
            return new CentralValue(row.GetInt64(0), row.GetInt32(1));
        }
        finally
        {
            _free.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _free.Dispose();
        return _data.DisposeAsync();
    }
}
