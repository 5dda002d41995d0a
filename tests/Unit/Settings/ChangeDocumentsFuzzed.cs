using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using Xunit.Abstractions;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>
/// Change documents by the hundred thousand (a million in the long form), most of them wrong in some way, among them changes for a time, for a later
/// time and for a second person, who approves or somebody withdraws: applied whole or refused whole, never half; nothing falls over.
/// </summary>
public sealed class ChangeDocumentsFuzzed(ITestOutputHelper output)
{
    private const int Streams = 4;

    private static readonly int Documents = Environment.GetEnvironmentVariable("HUNT_FAULTS") == "long" ? 1_000_000 : 100_000;

    private static readonly FleetFacts Fleet = new(
        [new("config", "config-1"), new("ingress", "ingress-1"), new("processors", "processor-1", "blue"), new("processors", "processor-2")], Lanes: 8, DatabaseConnections: 200);

    private static readonly string[] Scopes =
        ["fleet", "service:processors", "service:ingress", "group:blue", "instance:processor-1", "instance:ingress-1", "service:nobody", "group:", "planet", "instance:Ü", ""];

    [Fact]
    public void Every_document_is_applied_whole_or_refused_whole()
    {
        var all = new Tally[Streams];
        Parallel.For(0, Streams, stream => all[stream] = new Stream(new Random(stream)).Run(Documents / Streams));
        var sum = all.SelectMany(tally => tally.Counts).GroupBy(count => count.Key).ToDictionary(counts => counts.Key, counts => counts.Sum(count => count.Value));
        var said = string.Join(", ", sum.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Key} {count.Value:#,0}"));
        output.WriteLine(said);
        Assert.Equal(Documents, new[] { "unreadable", "refused", "unchanged", "applied", "proposed", "proposed already" }.Sum(sum.GetValueOrDefault));
        // Each way out is taken often, so that all of them were tried.
        Assert.True(new[] { "unreadable", "refused", "applied" }.All(way => sum.GetValueOrDefault(way) > Documents / 50), said);
        Assert.True(new[] { "unchanged", "proposed", "approved", "withdrawn", "applied later", "refused later", "ended" }.All(way => sum.GetValueOrDefault(way) > Documents / 1000), said);
    }

    private sealed class Tally
    {
        public Dictionary<string, int> Counts { get; } = [];

        public void Add(string way) => Counts[way] = Counts.GetValueOrDefault(way) + 1;
    }

    /// <summary>One history of settings, on a clock of its own.</summary>
    private sealed class Stream(Random random)
    {
        private readonly Tally _tally = new();
        private SettingsSituation _situation = SettingsSituation.Begin;
        private DateTimeOffset _now = Noon;

        public Tally Run(int documents)
        {
            for (var i = 0; i < documents; i++)
            {
                Ask(Document(random, _now));
                if (random.Next(20) == 0) Answer();
                if (random.Next(4) == 0) Pass(TimeSpan.FromSeconds(random.Next(3_600)));
            }
            return _tally;
        }

        private void Ask(byte[] document)
        {
            ChangeSettings ask;
            try
            {
                ask = SettingsEndpoints.ReadChange(document);
            }
            catch (JsonException)
            {
                _tally.Add("unreadable");
                return;
            }
            var before = _situation;
            var decision = SettingsDecider.Decide(before, ask, Fleet, null, "anna", _now, approval: true);
            Take(decision);
            switch (decision)
            {
                case SettingsDecision.Refused { Errors: var errors }:
                    Assert.NotEmpty(errors);
                    Assert.All(errors, error => Assert.False(string.IsNullOrWhiteSpace(error.Message)));
                    _tally.Add("refused");
                    break;
                case SettingsDecision.Unchanged:
                    _tally.Add("unchanged");
                    break;
                case SettingsDecision.Pending:
                    _tally.Add("proposed already");
                    break;
                case SettingsDecision.Changed:
                    IsWhole(before.State, _situation.State, ask.Changes, ask.Scope, document);
                    _tally.Add("applied");
                    break;
                case SettingsDecision.Planned { Event: ChangeProposed proposed, Change: null }:
                    Assert.Equal(ask.Changes.Count, proposed.Changes.Count); // all of it waits
                    Assert.Equal(before.State, _situation.State); // none of it holds
                    _tally.Add("proposed");
                    break;
                default:
                    Assert.Fail($"{decision} for {Encoding.UTF8.GetString(document)}");
                    break;
            }
        }

        /// <summary>A second person approves what waits, or somebody takes it back.</summary>
        private void Answer()
        {
            if (_situation.Proposals.Open.ToArray() is not { Length: > 0 } open) return;
            var id = open[random.Next(open.Length)].Id;
            var decision = random.Next(4) == 0 ? ProposalDecider.Withdraw(_situation, id, "ben", "not now", _now) : ProposalDecider.Approve(_situation, id, random.Next(4) == 0 ? "anna" : "ben", Fleet, _now);
            Take(decision);
            if (decision.Event is not null) _tally.Add(decision.Event is ProposalApproved ? "approved" : "withdrawn");
            Pass(TimeSpan.Zero);
        }

        /// <summary>What is due is done: proposals whole or not at all, and of values that end only those.</summary>
        private void Pass(TimeSpan time)
        {
            _now += time;
            for (var overdue = new Dictionary<long, string>(); ProposalDecider.Next(_situation, Fleet, _now, overdue) is { } decision; overdue.Clear())
            {
                var before = _situation;
                Take(decision);
                switch (decision)
                {
                    case SettingsDecision.Planned { Event: ProposalApplied applied }:
                        IsWhole(before.State, _situation.State, before.Proposals.All[applied.Proposal].Changes, SettingsScope.Fleet, []);
                        _tally.Add("applied later");
                        break;
                    case SettingsDecision.Planned { Event: ProposalRefused refused }:
                        Assert.Equal(before.State, _situation.State);
                        Assert.False(string.IsNullOrWhiteSpace(refused.Reason));
                        _tally.Add("refused later");
                        break;
                    case SettingsDecision.Changed { Change: { Cause: { } cause } change } when cause.StartsWith(SettingsChange.ReturnCause, StringComparison.Ordinal):
                        IsWhole(before.State, _situation.State, change.Items.ToDictionary(item => $"{item.Key}@{item.Scope}", item => item.Value), SettingsScope.Fleet, []);
                        _tally.Add("ended");
                        break;
                    default:
                        Assert.Fail($"{decision} was due.");
                        break;
                }
            }
        }

        private void Take(SettingsDecision decision)
        {
            if (decision.Change is { } change) _situation = _situation.With(Stored(change));
            if (decision.Event is { } happened) _situation = _situation.With(happened);
        }
    }

    /// <summary>All that was asked for, nothing else, and nothing a process could not work by.</summary>
    private static void IsWhole(SettingsState before, SettingsState after, IReadOnlyDictionary<string, SettingValue?> changes, string otherwise, byte[] document)
    {
        var touched = new HashSet<(string, string)>();
        foreach (var (qualified, value) in changes)
        {
            var (key, scope) = SettingsScope.Split(qualified, otherwise);
            var setting = SettingsSchema.Find(key);
            Assert.True(setting is not null && SettingsScope.Check(scope) is null && touched.Add((scope, key)), Encoding.UTF8.GetString(document));
            SettingValue? wanted = value is not { } given ? scope == SettingsScope.Fleet ? setting.Default : null
                : setting.TryAccept(given, out var canonical, out _) ? canonical : throw new InvalidOperationException($"{qualified} = {given} was applied.");
            Assert.True(wanted == after.Values.Find(scope, key), $"{qualified} is {after.Values.Find(scope, key)} after {Encoding.UTF8.GetString(document)}");
        }
        var untouched = before.Values.All().Where(entry => !touched.Contains((entry.Scope, entry.Key)));
        Assert.True(untouched.SequenceEqual(after.Values.All().Where(entry => !touched.Contains((entry.Scope, entry.Key)))), Encoding.UTF8.GetString(document));
        foreach (var subject in Fleet.Subjects) Assert.NotNull(SettingsSchema.Resolve(after.Version, after.Values, subject).Snapshot);
        Assert.Empty(SettingsInvariants.Broken(after.Values, Fleet));
    }

    /// <summary>As it comes back from the store and over the bus.</summary>
    private static SettingsChange Stored(SettingsChange change) =>
        JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(change, Wire.Default.SettingsChange), Wire.Default.SettingsChange)!;

    private static byte[] Document(Random random, DateTimeOffset now)
    {
        var changes = new JsonObject();
        for (var n = random.Next(12) == 0 ? random.Next(0, 40) : random.Next(1, 4); n > 0; n--)
        {
            var key = random.Next(60) == 0 ? Misspelt(SettingsSchema.All[random.Next(SettingsSchema.All.Count)].Key, random) : SettingsSchema.All[random.Next(SettingsSchema.All.Count)].Key;
            if (random.Next(4) == 0) key += "@" + Scopes[random.Next(random.Next(10) == 0 ? Scopes.Length : 6)];
            changes[key] = Value(SettingsSchema.Find(SettingsScope.Split(key, "").Key), random);
        }
        var document = new JsonObject { ["changes"] = changes, ["why"] = random.Next(40) switch { 0 => "", 1 => new string('x', 501), 2 => null, 3 => 7, _ => "because" } };
        if (random.Next(5) == 0) document["scope"] = Scopes[random.Next(random.Next(10) == 0 ? Scopes.Length : 6)];
        if (random.Next(6) == 0) document["forSeconds"] = random.Next(20) switch { 0 => 0, 1 => -5, 2 => 1.5, 3 => "30m", 4 => ChangeSettings.MaxForSeconds + 1, 5 => null, _ => random.Next(1, 7_200) };
        if (random.Next(12) == 0)
            document["at"] = random.Next(20) switch { 0 => "noonish", 1 => now.AddHours(-1), 2 => now.AddYears(2), 3 => 12, 4 => null, _ => now.AddSeconds(random.Next(1, 7_200)) };
        if (random.Next(12) == 0) document["breakGlass"] = random.Next(10) switch { 0 => "", 1 => new string('x', 501), 2 => null, 3 => true, _ => "nobody else is awake" };
        if (random.Next(100) == 0) document["unknown"] = true;
        if (random.Next(100) == 0) document.Remove("changes");
        var bytes = Encoding.UTF8.GetBytes(document.ToJsonString());
        if (random.Next(10) == 0) // broken on the way
            for (var n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return random.Next(50) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    private static JsonNode? Value(Setting? setting, Random random) => random.Next(20) switch
    {
        0 => null,
        1 => random.Next(),
        2 => -random.Next(),
        3 => random.NextDouble() * 100,
        4 => "word",
        5 => "",
        6 => random.Next(2) == 0,
        7 => new JsonArray(1),
        8 => 1e300,
        9 => "\u0000\ud83d\ude00" + new string('9', random.Next(300)),
        _ => setting switch
        {
            WholeNumberSetting number => random.Next(number.Min, (int)Math.Min(number.Max, number.Min + 200L)),
            MillisecondsSetting time => random.Next(2) == 0 ? random.Next(time.Min, time.Max + 1) : $"{random.Next(time.Min, time.Max + 1)}ms",
            WordSetting word => word.Words[random.Next(word.Words.Count)],
            FlagSetting => random.Next(2) == 0,
            LanePlanSetting => string.Join(' ', Enumerable.Range(1, random.Next(1, 4)).Select(n => $"processor-{n}:{random.Next(12)}{(random.Next(2) == 0 ? $",{random.Next(12)}" : "")}")),
            _ => random.Next(100),
        },
    };

    private static string Misspelt(string key, Random random) => key.Remove(random.Next(key.Length), 1);
}
