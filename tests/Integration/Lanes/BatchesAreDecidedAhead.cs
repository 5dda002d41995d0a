using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using RabbitMQ.Client;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Facts;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.Contracts.Settings;
using TreasureHunt.Processors.Hunts;
using TreasureHunt.Processors.Lanes;
using TreasureHunt.Processors.Storage;
using TreasureHunt.ServiceDefaults;
using TreasureHunt.ServiceDefaults.Resilience;
using TreasureHunt.ServiceDefaults.Stages;
using TreasureHunt.ServiceDefaults.Store;
using TreasureHunt.Tests.Integration.Ingress;
using TreasureHunt.Tests.Unit.Lanes;
using Xunit.Abstractions;

namespace TreasureHunt.Tests.Integration.Lanes;

/// <summary>
/// A full lane, whose worker decides the next batch while one is being committed, over a store that fails before and after commits, refuses some actions
/// for good, and a lane that is lost on the way: every action is decided once and in order, and no checkpoint knows what the store does not.
/// </summary>
public sealed class BatchesAreDecidedAhead(Servers servers, ITestOutputHelper output) : IClassFixture<Servers>, IAsyncLifetime
{
    private const int Envelopes = 24, Players = 40;

    private static readonly string[] Hunts = ["hot", "warm"];

    private readonly ConcurrentDictionary<(string Hunt, long Version), byte[]> _checkpointed = new();
    private readonly CancellationTokenSource _stopping = new();
    private HuntOptions _options = null!;
    private NpgsqlDataSource _data = null!;
    private Seal _seal = null!;

    public async Task InitializeAsync()
    {
        _options = servers.Options("processor-1");
        await HuntStore.MigrateAsync(_options, default);
        _data = _options.DataSource("test", maxPool: 16, idleInTransaction: null);
        _seal = new Seal(_options.SealKeyId, _options.SealKey);
    }

    public async Task DisposeAsync() => await _data.DisposeAsync();

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3)]
    public async Task Whatever_fails_every_action_is_decided_once_and_in_order(int seed)
    {
        var random = new Random(seed);
        string[] hunts = [.. Hunts.Select(hunt => $"{hunt}-{seed}")];
        var envelopes = EnvelopesOf(hunts, random);
        var live = new LiveSettings(SettingsSchema.Defaults);
        live.Replace(live.Current with { Lane = live.Current.Lane with { BatchCap = 100, Window = 64 }, Checkpoint = live.Current.Checkpoint with { Every = 300 } });
        var (lane, time) = (new Lane(0, TimeProvider.System), TimeProvider.System);
        var decisions = new AskedForTheTime();
        var (pipelines, reader, checkpoints) = (new LivePipelines(live, time), new FactReader(_data), new Checkpoints(_data, NullLogger.Instance));
        var cache = new HuntCache(reader, checkpoints, _seal, time);
        var (log, ahead, failures, commits) = (new HuntLog(_data), 0, 0, 0);
        var group = new GroupCommit(async writes =>
        {
            commits++;
            var fault = random.Next(8);
            if (fault == 0) throw Fault();
            var before = decisions.Asked;
            await log.CommitAsync(writes, default);
            await Task.Delay(random.Next(10));
            if (decisions.Asked > before) ahead++;
            if (fault == 1) throw Fault(); // what it came to is unknown to the one who asked
        }, () => 1, time);
        var committer = new BatchCommitter(lane, live, cache, new BatchDecider(cache, reader, _seal, _options.Instance, decisions), group, pipelines.Store, new LaneMetrics(), time, NullLogger.Instance);
        var stages = new StageClock(new StageTimes(time), time);
        var teller = new BatchTeller(lane, reader, new Announcer(null!, pipelines, _options, NullLogger<Announcer>.Instance), pipelines.Store, stages, time, NullLogger.Instance);
        var worker = new LaneWorker(lane, new LaneGate(live), new Rounds(() => TimeSpan.Zero, time, Rounds.PerAction), live, cache, committer, teller, new LaneCheckpoints(checkpoints, NullLogger.Instance), stages, NullLogger.Instance);

        var looking = LookAtCheckpointsAsync();
        var (first, second) = (FakeChannel.Open(), FakeChannel.Open());
        var delivered = Deliver(first, [.. envelopes], redelivered: false);
        var running = Task.Run(() => worker.RunAsync(_stopping.Token));
        await Task.WhenAll(delivered.Take(2)).WaitAsync(TimeSpan.FromMinutes(1));
        await worker.WriteLongTailsAsync(default).WaitAsync(TimeSpan.FromMinutes(1));
        Assert.False(delivered[^1].IsCompleted, "The worker never rested while there was plenty to do.");
        var acknowledged = delivered.Count(task => task.IsCompleted);
        ((FakeChannel)first).Go(); // the lane is lost: the broker has the rest back
        var again = Deliver(second, [.. envelopes.Skip(acknowledged)], redelivered: true);
        await Task.WhenAll(again).WaitAsync(TimeSpan.FromMinutes(2));
        await worker.WriteLongTailsAsync(default);
        await _stopping.CancelAsync();
        await running;
        await looking;

        output.WriteLine($"{commits} commits, {failures} failed, {ahead} with the next batch decided beside it, {_checkpointed.Count} checkpoints, {again.Count} of {Envelopes} envelopes came again");
        Assert.True(ahead > 10 && failures > 5 && _checkpointed.Count > 3 && again.Count > 3, "It was too quiet to show anything.");
        foreach (var hunt in hunts) await IsWholeAsync(hunt, envelopes, reader, cache);

        List<Task> Deliver(IChannel channel, Envelope[] those, bool redelivered) =>
            [.. those.Select((envelope, i) => lane.DeliverAsync(channel, (ulong)i + 1, redelivered, envelope))];

        NpgsqlException Fault()
        {
            failures++;
            return new NpgsqlException("The test cut the line.", new IOException());
        }
    }

    /// <summary>
    /// Publishes, then players register, guess, guess the same again, and send what they sent. Now and then one registers with a name that no store takes,
    /// and goes on as if he had a team.
    /// </summary>
    private List<Envelope> EnvelopesOf(string[] hunts, Random random)
    {
        var now = TimeProvider.System.GetUtcNow();
        var actions = new List<AcceptedAction>();
        foreach (var hunt in hunts)
        {
            Add(hunt, "org", new PublishHunt(Published.Definition(hunt)) { ActionId = Guid.CreateVersion7() });
            for (var player = 0; player < Players; player++)
                Add(hunt, $"p{player}", new RegisterTeam($"team-{player}", $"Team {player}") { ActionId = Guid.CreateVersion7() });
        }
        var late = 0;
        while (actions.Count < Envelopes * Envelope.MaxActions)
        {
            if (random.Next(10) == 0) actions.Add(actions[random.Next(actions.Count)]);
            else if (random.Next(400) == 0) Add(hunts[0], $"late{++late}", new RegisterTeam($"late-team-{late}", "zero \0 byte") { ActionId = Guid.CreateVersion7() });
            else Add(hunts[random.Next(10) == 0 ? 1 : 0], late > 0 && random.Next(10) == 0 ? $"late{late}" : $"p{random.Next(Players)}", new SubmitAnswer("clock", random.Next(50) == 0 ? "town hall" : $"guess {random.Next(1_000)}") { ActionId = Guid.CreateVersion7() });
        }
        return [.. actions.Take(Envelopes * Envelope.MaxActions).Chunk(Envelope.MaxActions).Select((part, i) => new Envelope(0, i + 1, "ingress-1", part))];

        void Add(string hunt, string actor, HuntAction plain) =>
            actions.Add(new AcceptedAction(hunt, actor, ActionSeal.Fingerprint(plain, _seal), now, ActionSeal.Close(plain, hunt, _seal)));
    }

    private async Task LookAtCheckpointsAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            await using var command = _data.CreateCommand("select hunt, version, state from hunts.checkpoints");
            await using (var rows = await command.ExecuteReaderAsync())
                while (await rows.ReadAsync()) _checkpointed[(rows.GetString(0), rows.GetInt64(1))] = rows.GetFieldValue<byte[]>(2);
            await Task.Delay(5);
        }
    }

    /// <summary>Each of the hunt's actions once, in the order they were first accepted; every checkpoint, and memory, is what folding the store gives.</summary>
    private async Task IsWholeAsync(string slug, List<Envelope> envelopes, FactReader reader, HuntCache cache)
    {
        var folded = new Hunt(slug);
        var stored = new List<(string Actor, Guid Id)>();
        await foreach (var (version, fact) in reader.ReadAsync(slug, 0))
        {
            stored.Add((fact.Stamp!.Actor, fact.Stamp.ActionId));
            var team = fact switch { AnswerWrong wrong => wrong.Team, TreasureFound found => found.Team, _ => null };
            Assert.True(team is null || folded.Standings.Team(team) is not null, $"{fact} was decided on a registration that was never stored.");
            folded.Evolve(version, fact);
            if (_checkpointed.TryRemove((slug, version), out var checkpoint)) Assert.Equal(HuntCheckpoint.Write(folded).ToArray(), checkpoint);
        }
        Assert.Equal(envelopes.SelectMany(envelope => envelope.Actions).Where(action => action.Hunt == slug).Select(action => (action.Actor, action.Action.ActionId)).Distinct(), stored);
        Assert.DoesNotContain(_checkpointed.Keys, checkpoint => checkpoint.Hunt == slug); // none of a version that is not in the store
        Assert.Equal(HuntCheckpoint.Write(folded).ToArray(), HuntCheckpoint.Write((await cache.GetAsync(slug, default)).Hunt).ToArray());
    }
}
