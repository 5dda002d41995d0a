using Npgsql;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Doors;

/// <summary>Processor time by process at one moment, what the ingress has allocated and PostgreSQL written to its log; the difference of two says what the requests between them cost.</summary>
/// <param name="Door">the echo or the ingress; nothing for a bare queue, which the generator consumes itself</param>
/// <param name="Postgres">null: its process cannot be seen</param>
/// <param name="Broker">null: its process cannot be seen</param>
/// <param name="WalBytes">0 for a bare server, which stores nothing</param>
/// <param name="WalSyncs">null: this PostgreSQL does not count them</param>
public sealed record DoorReading(
    TimeSpan Generator, TimeSpan Door, TimeSpan Processor, TimeSpan? Postgres, TimeSpan? Broker, long AllocatedBytes, long WalBytes = 0, long? WalSyncs = 0)
{
    public static async Task<DoorReading> OfEngineAsync(BenchServers servers, RunningEngine engine, CancellationToken cancel)
    {
        var allocated = (await engine.IngressStatusAsync(cancel)).AllocatedBytes;
        var (wal, syncs) = (await engine.Database.WalBytesAsync(cancel), await engine.Database.WalSyncsAsync(cancel));
        var postgres = ListeningProcess.Find(new NpgsqlConnectionStringBuilder(servers.Box.Servers!.Postgres).Port, "postgres");
        return new DoorReading(
            Generated(), ProcessTree.Cpu(engine.Ingress.Pid), ProcessTree.Cpu(engine.Processor.Pid), Tree(postgres), BrokerTree(servers), allocated, wal, syncs);
    }

    public static DoorReading OfBroker(BenchServers servers) => new(Generated(), default, default, TimeSpan.Zero, BrokerTree(servers), 0);

    public static DoorReading OfEcho(ChildProcess echo) => new(Generated(), ProcessTree.Cpu(echo.Pid), default, TimeSpan.Zero, TimeSpan.Zero, 0);

    private static TimeSpan Generated() => ProcessTree.OwnCpu(Environment.ProcessId);

    private static TimeSpan? BrokerTree(BenchServers servers) => Tree(ListeningProcess.Find(servers.Box.Servers!.RabbitMq.Port, "beam"));

    private static TimeSpan? Tree(int? pid) => pid is { } root ? ProcessTree.Cpu(root) : null;
}

/// <summary>What one request cost on average, in microseconds of one core by process.</summary>
/// <param name="AllocatedBytes">on the managed heap of the ingress; 0 for a bare server, which is not asked</param>
/// <param name="WalBytes">of PostgreSQL's log</param>
/// <param name="WalSyncs">flushes of it to the disk; null: this PostgreSQL does not count them so</param>
public sealed record DoorCost(
    double Generator, double Door, double Processor, double? Postgres, double? Broker, double AllocatedBytes, double WalBytes = 0, double? WalSyncs = 0)
{
    public double Total => Generator + Door + Processor + (Postgres ?? 0) + (Broker ?? 0);

    public static DoorCost Between(DoorReading before, DoorReading after, int requests)
    {
        return new DoorCost(
            Micro(after.Generator - before.Generator), Micro(after.Door - before.Door), Micro(after.Processor - before.Processor),
            Each(before.Postgres, after.Postgres), Each(before.Broker, after.Broker), (after.AllocatedBytes - before.AllocatedBytes) / (double)requests,
            (after.WalBytes - before.WalBytes) / (double)requests, (after.WalSyncs - before.WalSyncs) / (double?)requests);

        double Micro(TimeSpan used) => used.TotalMicroseconds / requests;
        double? Each(TimeSpan? from, TimeSpan? to) => to - from is { } used ? Micro(used) : null;
    }
}
