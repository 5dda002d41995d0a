using System.Diagnostics;
using Npgsql;
using TreasureHunt.Cli.Frame;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Tests.Benchmarks.Arms;
using TreasureHunt.Tests.Benchmarks.Report;
using static TreasureHunt.Tests.Benchmarks.Report.Finding;

namespace TreasureHunt.Tests.Benchmarks.Settings;

/// <summary>C5: starting without ConfigService and broker, and what happens when ConfigService returns.</summary>
public static class ReturnPart
{
    private const int Members = 10, MissedChanges = 20;

    /// <summary>A start without ConfigService may take so much longer than one with it.</summary>
    private const double MostLonger = 0.10;

    /// <summary>One of the starts is watched for so long: trying to reach somebody is not hearing of them.</summary>
    private static readonly TimeSpan LongSilence = TimeSpan.FromSeconds(5), ShortSilence = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(10);

    private static readonly Uri Nowhere = new("amqp://guest:guest@127.0.0.1:9/");

    public static async Task<PartResult> RunAsync(BenchServers servers, bool brief, TimeProvider time, CancellationToken cancel)
    {
        var (starts, returns, processes) = brief ? (3, 1, 1) : (50, 15, 5);
        await using var database = await servers.CopyAsync(cancel);
        await using var config = await ConfigProcess.StartAsync(servers, database, cancel);
        var members = await Task.WhenAll(Enumerable.Range(1, Members).Select(number => FleetMember.StartAsync(config.Options($"member-{number}"), cancel)));
        var (filled, orderly) = (new List<double>(), true);
        long version;
        try
        {
            await config.Operator.ChangeAsync(Ask(99), null, cancel);
            version = (await config.InStepAsync(Members + 1, cancel)).Version;
            await using var store = SettingsStore.Open(NpgsqlDataSource.Create(database.ConnectionString));
            var log = new SettingsLog(store); // another ConfigService on the same store, which cannot reach the broker
            for (var i = 0; i < returns; i++)
            {
                await config.KillAsync();
                for (var n = 1; n <= MissedChanges; n++)
                {
                    var ask = Ask(100 + n % 7);
                    await log.DecideAsync(situation => SettingsDecider.Decide(situation, ask, new FleetFacts([], 8, 300), null, "bench", time.GetUtcNow(), approval: false), cancel);
                }
                version = log.LastRead.State.Version;
                var arrival = Task.Run(() => ArrivalAsync(members, version, cancel), cancel);
                await config.StartAgainAsync(cancel);
                var ready = Stopwatch.GetTimestamp();
                filled.Add(Math.Max(0, Stopwatch.GetElapsedTime(ready, await arrival).TotalMilliseconds));
            }
            orderly = members.All(member => member.Swapped.Zip(member.Swapped.Skip(1)).All(step => step.Second == step.First + 1));
            await config.InStepAsync(Members + 1, cancel); // their files are written
        }
        finally
        {
            await Task.WhenAll(members.Select(member => member.DisposeAsync().AsTask()));
        }

        var (there, away, lastKnown) = (new List<double>(), new List<double>(), true);
        for (var i = 0; i < processes; i++)
        {
            if (!config.IsAlive) await config.StartAgainAsync(cancel);
            there.Add(await ProcessorAsync());
            await config.KillAsync();
            away.Add(await ProcessorAsync());
        }

        var cold = new List<double>();
        var stale = 0;
        for (var i = 0; i < starts; i++)
        {
            var options = config.Options($"member-{1 + i % Members}") with { RabbitMq = Nowhere, ConfigService = new Uri("http://127.0.0.1:9") };
            var clock = Stopwatch.StartNew();
            await using var member = await FleetMember.StartAsync(options, cancel);
            if (member.Live.Current.Version == version) cold.Add(clock.Elapsed.TotalMilliseconds);
            var ready = Stopwatch.GetTimestamp(); // nobody has been heard since before this
            await Task.Delay(i == 0 ? LongSilence : ShortSilence, time, cancel);
            var silence = Stopwatch.GetElapsedTime(ready); // taken first: what is shown then must be no less
            if (member.Status.Staleness >= silence) stale++;
        }
        var (awayMs, thereMs) = (Spread.Of(away).Median, Spread.Of(there).Median);
        return new PartResult(
            "return", $"{starts} starts of an instance in a warm process, with nobody listening at the broker's and ConfigService's addresses; {returns} times ConfigService is killed, {MissedChanges} versions are committed meanwhile by another that cannot announce them, and it is started again: from its saying that it is ready until {Members} instances have all of them, 0 when they were faster.",
            [
                new Finding("C5", "start without ConfigService and broker: ready on the last known good", "<= 50 ms", $"{Shown(Finding.Of(cold))}, {cold.Count} of {starts}", cold.Count == starts && Finding.Of(cold).P99 <= 50, "Azure withdrew its offline cache; Unleash, Apollo: a file"),
                new Finding("C5", $"the staleness it shows, {ShortSilence.TotalMilliseconds:0} ms after the start, once {LongSilence.TotalSeconds:0} s", "no less than nobody was heard", $"{stale} of {starts}", stale == starts),
                new Finding("C5", "a whole processor, ConfigService killed: from the start of its process until it is ready, on the last known good; with it", $"<= {MostLonger:0 %} later", $"p50 {Number(awayMs)} ms; {Number(thereMs)} ms ({processes} each)" + (lastKnown ? "" : ", NOT on the last known good"),
                    lastKnown && awayMs <= thereMs * (1 + MostLonger)),
                new Finding("C5", "ConfigService returns: gaps filled", "<= 1 s", Shown(Finding.Of(filled)), Finding.Of(filled).Max <= 1_000, "Apollo and Nacos: pull every 5 minutes"),
                new Finding("C5", "versions skipped or out of order", "0", orderly ? "0" : "SOME", orderly),
            ]);

        // Its first start, with ConfigService there, gets the version; every other one finds it in its file.
        async Task<double> ProcessorAsync()
        {
            await using var process = await ChildProcess.StartAsync(
                servers.Box, "processor-1", database.ConnectionString, views: false, ["TreasureHunt.Processors.dll"], [new("Hunt__ConfigService", config.Address.AbsoluteUri)], cancel);
            for (var clock = Stopwatch.StartNew(); (await process.StatusAsync(cancel)).SettingsVersion != version && clock.Elapsed < Arrival;) await Task.Delay(10, cancel);
            lastKnown &= (await process.StatusAsync(cancel)).SettingsVersion == version;
            return process.ReadyAfter.TotalMilliseconds;
        }
    }

    /// <returns>when the last of them had the version</returns>
    private static async Task<long> ArrivalAsync(FleetMember[] members, long version, CancellationToken cancel)
    {
        for (var clock = Stopwatch.StartNew(); members.Any(member => member.Live.Current.Version < version); await Task.Delay(1, cancel))
            if (clock.Elapsed > TimeSpan.FromMinutes(2)) throw new CommandFailed(ExitCode.Failed, $"Version {version} does not arrive.");
        return Stopwatch.GetTimestamp();
    }

    private static ChangeSettings Ask(int value) => new(new Dictionary<string, SettingValue?> { ["lane.prefetch"] = SettingValue.Of(value) }, "benchmark");
}
