using Npgsql;
using TreasureHunt.Tests.Benchmarks.Arms;

namespace TreasureHunt.Tests.Benchmarks.Measure;

/// <summary>The processes that work for an action. A server whose process cannot be seen (in a container, elsewhere) has none.</summary>
public sealed record Workers(int Processor, int? Postgres, int? Broker)
{
    public static Workers Of(BenchServers servers, IArm arm)
    {
        var postgres = new NpgsqlConnectionStringBuilder(servers.Box.Servers!.Postgres).Port;
        return new Workers(arm.Process.Pid, ListeningProcess.Find(postgres, "postgres"), ListeningProcess.Find(servers.Box.Servers.RabbitMq.Port, "beam"));
    }
}

/// <summary>All counters at one moment; the difference of two says what the actions between them cost.</summary>
public sealed record Reading(TimeSpan Processor, TimeSpan? Postgres, TimeSpan? Broker, TimeSpan Generator, long WalBytes, long? WalSyncs, ChildStatus Child)
{
    public static async Task<Reading> TakeAsync(IArm arm, Workers workers, CancellationToken cancel)
    {
        var child = await arm.Process.StatusAsync(cancel);
        var (wal, syncs) = (await arm.Database.WalBytesAsync(cancel), await arm.Database.WalSyncsAsync(cancel));
        return new Reading(
            ProcessTree.Cpu(workers.Processor), Tree(workers.Postgres), Tree(workers.Broker),
            ProcessTree.OwnCpu(Environment.ProcessId), wal, syncs, child); // the servers and the arm may be children of ours

        static TimeSpan? Tree(int? pid) => pid is { } root ? ProcessTree.Cpu(root) : null;
    }
}

/// <summary>What one action cost, on average. Times in microseconds of one core.</summary>
/// <param name="Generator">this process: the load, and for the lanes the ingress's writers</param>
/// <param name="AllocatedBytes">on the managed heap of the processor</param>
/// <param name="Batch">actions per commit</param>
/// <param name="RetriedShare">commits tried again, per action</param>
/// <param name="WalSyncs">flushes of PostgreSQL's log to the disk, per action; null: this PostgreSQL does not count them so</param>
public sealed record Cost(
    double Processor, double? Postgres, double? Broker, double Generator, double AllocatedBytes, double WalBytes, double Batch, double RetriedShare, double? WalSyncs = null)
{
    public double Total => Processor + (Postgres ?? 0) + (Broker ?? 0) + Generator;

    public static Cost Between(Reading before, Reading after, int actions)
    {
        var (was, now) = (before.Child.Totals, after.Child.Totals);
        return new Cost(
            Micro(after.Processor - before.Processor), Each(before.Postgres, after.Postgres), Each(before.Broker, after.Broker),
            Micro(after.Generator - before.Generator), (after.Child.Process.AllocatedBytes - before.Child.Process.AllocatedBytes) / (double)actions,
            (after.WalBytes - before.WalBytes) / (double)actions, (now.Committed - was.Committed) / (double)Math.Max(1, now.Commits - was.Commits),
            (now.Retried - was.Retried) / (double)actions, (after.WalSyncs - before.WalSyncs) / (double?)actions);

        double Micro(TimeSpan used) => used.TotalMicroseconds / actions;
        double? Each(TimeSpan? from, TimeSpan? to) => to - from is { } used ? Micro(used) : null;
    }
}
