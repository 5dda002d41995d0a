using MassTransit;
using RabbitMQ.Client;
using TreasureHunt.Cli.Frame;
using TreasureHunt.Prefetch;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>C4: the prefetch of a competing-consumer queue changed a thousand times under a backlog, by hand-over on the channel.</summary>
public static class HandOverPart
{
    /// <summary>Messages in the queue at least, so that every window is full.</summary>
    private const int Backlog = 1_000;

    private static readonly TimeSpan Handler = TimeSpan.FromMilliseconds(20), Between = TimeSpan.FromMilliseconds(60);

    private static readonly int[] Steps = [4, 16, 64, 8, 32];

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, CancellationToken cancel)
    {
        var changes = brief ? 10 : 1_000;
        List<Finding> findings = [];
        foreach (var quorum in (bool[])[false, true]) findings.Add(await RunAsync(servers.Box.Servers!.RabbitMq, quorum, changes, cancel));
        return new PartResult(
            "handover", $"A MassTransit endpoint in this process, a handler of {Handler.TotalMilliseconds:0} ms, {Backlog} messages waiting at least; a change every {Between.TotalMilliseconds:0} ms, from the call to its being in force.",
            findings);
    }

    private static async Task<Finding> RunAsync(Uri broker, bool quorum, int changes, CancellationToken cancel)
    {
        var queue = quorum ? "bench-handover-quorum" : "bench-handover-classic";
        var prefetch = new LivePrefetch(initial: Steps[^1], ceiling: 64);
        int published = 0, handled = 0, redelivered = 0, twice = 0;
        var seen = new HashSet<int>();
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(broker);
            rabbit.ReceiveEndpoint(queue, endpoint =>
            {
                if (quorum) endpoint.SetQuorumQueue();
                endpoint.ConfigureConsumeTopology = false;
                endpoint.UseRawJsonDeserializer(isDefault: true);
                endpoint.UseLivePrefetch(prefetch);
                endpoint.Handler<Numbered>(async context =>
                {
                    if (context.ReceiveContext.Redelivered) Interlocked.Increment(ref redelivered);
                    lock (seen)
                        if (!seen.Add(context.Message.Number)) twice++;
                    await Task.Delay(Handler, context.CancellationToken);
                    Interlocked.Increment(ref handled);
                });
            });
        });
        await bus.StartAsync(cancel);
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync(cancel);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), cancel);
        try
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var producing = Task.Run(() => ProduceAsync(enough.Token), CancellationToken.None);
            while (Volatile.Read(ref handled) < Backlog / 10) await Task.Delay(20, cancel);
            var took = new List<double>();
            for (var i = 0; i < changes; i++)
            {
                var change = await prefetch.SetAsync(Steps[i % Steps.Length], cancel);
                if (change.InForce != Steps[i % Steps.Length]) throw new CommandFailed(ExitCode.Failed, $"Prefetch {Steps[i % Steps.Length]} is not in force but {change.InForce}.");
                took.Add(change.Took.TotalMilliseconds);
                await Task.Delay(Between, cancel);
            }
            await enough.CancelAsync();
            await producing;
            while (Volatile.Read(ref handled) < published) await Task.Delay(20, cancel);
            var times = Finding.Of(took);
            var once = twice == 0 && redelivered == 0 && seen.Count == published;
            return new Finding(
                "C4", $"prefetch of a {(quorum ? "quorum" : "classic")} queue, {changes} changes", "p99 <= 20 ms, 0 redelivered",
                $"{Shown(times)}; {published:#,0} messages, {published - seen.Count} lost, {twice} twice, {redelivered} redelivered", times.P99 <= 20 && once,
                "MassTransit endpoint restart 51 ms and 60 redelivered; NServiceBus reconnects; RabbitMQ itself cannot");
        }
        finally
        {
            await bus.StopAsync(CancellationToken.None);
            await channel.QueueDeleteAsync(queue, cancellationToken: CancellationToken.None);
            await channel.ExchangeDeleteAsync(queue, cancellationToken: CancellationToken.None);
        }

        async Task ProduceAsync(CancellationToken done)
        {
            while (!done.IsCancellationRequested)
            {
                if (published - Volatile.Read(ref handled) > 2 * Backlog)
                {
                    await Task.Delay(10, CancellationToken.None);
                    continue;
                }
                var sends = new List<Task>();
                for (var i = 0; i < Backlog / 4; i++)
                    sends.Add(channel.BasicPublishAsync("", queue, true, new BasicProperties { ContentType = "application/json" },
                        System.Text.Encoding.UTF8.GetBytes($$"""{"number":{{published + i}}}"""), CancellationToken.None).AsTask());
                await Task.WhenAll(sends);
                published += Backlog / 4;
            }
        }
    }

    public sealed record Numbered(int Number);
}
