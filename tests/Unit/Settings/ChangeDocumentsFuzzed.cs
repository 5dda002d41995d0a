using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>Change documents by the hundred thousand (a million in the long form), most of them wrong in some way: applied whole or refused whole, never half; nothing falls over.</summary>
public sealed class ChangeDocumentsFuzzed
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
        var totals = new Totals[Streams];
        Parallel.For(0, Streams, stream => totals[stream] = Run(seed: stream, Documents / Streams));
        var sum = totals.Aggregate(new Totals(), (a, b) => new Totals(a.Unreadable + b.Unreadable, a.Refused + b.Refused, a.Unchanged + b.Unchanged, a.Applied + b.Applied));
        Assert.Equal(Documents, sum.Unreadable + sum.Refused + sum.Unchanged + sum.Applied);
        // Each way out is taken often, so that all of them were tried.
        Assert.True(sum is { Unchanged: > 100 } && Math.Min(sum.Unreadable, Math.Min(sum.Refused, sum.Applied)) > Documents / 50, $"{sum}");
    }

    private sealed record Totals(int Unreadable = 0, int Refused = 0, int Unchanged = 0, int Applied = 0);

    private static Totals Run(int seed, int documents)
    {
        var random = new Random(seed);
        var state = SettingsState.Initial;
        int unreadable = 0, refused = 0, unchanged = 0, applied = 0;
        for (var i = 0; i < documents; i++)
        {
            var bytes = Document(random);
            ChangeSettings ask;
            try
            {
                ask = SettingsEndpoints.ReadChange(bytes);
            }
            catch (JsonException)
            {
                unreadable++;
                continue;
            }
            switch (SettingsDecider.Decide(state, ask, Fleet, null, "fuzz", Noon))
            {
                case SettingsDecision.Refused { Errors: var errors }:
                    Assert.NotEmpty(errors);
                    Assert.All(errors, error => Assert.False(string.IsNullOrWhiteSpace(error.Message)));
                    refused++;
                    break;
                case SettingsDecision.Unchanged:
                    unchanged++;
                    break;
                case SettingsDecision.Changed { Change: var change }:
                    var next = SettingsState.Evolve(state, Stored(change));
                    IsWhole(state, next, ask, bytes);
                    state = next;
                    applied++;
                    break;
                default:
                    Assert.Fail("Nobody asked for a version.");
                    break;
            }
        }
        return new Totals(unreadable, refused, unchanged, applied);
    }

    /// <summary>All that was asked for, nothing else, and nothing a process could not work by.</summary>
    private static void IsWhole(SettingsState before, SettingsState after, ChangeSettings ask, byte[] document)
    {
        var touched = new HashSet<(string, string)>();
        foreach (var (qualified, value) in ask.Changes)
        {
            var (key, scope) = SettingsScope.Split(qualified, ask.Scope);
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

    private static byte[] Document(Random random)
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
            _ => random.Next(100),
        },
    };

    private static string Misspelt(string key, Random random) => key.Remove(random.Next(key.Length), 1);
}
