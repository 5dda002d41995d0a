using CsCheck;
using TreasureHunt.ConfigService.Settings;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>Streams of valid changes for tests.</summary>
internal static class SettingsStreams
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    public static readonly FleetFacts SmallFleet = new([], Lanes: 8, DatabaseConnections: 300);

    public static Gen<T> OneOf<T>(params T[] all) => Gen.Int[0, all.Length - 1].Select(i => all[i]);

    public static SettingsChange Change(params (string Key, int? Value)[] items) => new(0, Noon, "ops", "test",
        [.. items.Select(item => new SettingItem(SettingsScope.Fleet, item.Key, item.Value is { } value ? SettingValue.Of(value) : null))]);

    public static readonly Gen<SettingsChange[]> Streams =
        Gen.Select(OneOf("lane.batchCap", "lane.window", "lane.prefetch", "intake.prefetch"), Gen.Int[1, 256].Nullable(), (key, value) => (key, value))
            .Array[1, 4].Select(Change).Array[1, 20];

    public static readonly Gen<SettingsValues> Values =
        Gen.Select(OneOf("fleet", "group:a", "service:b"), OneOf("x", "y", "z"), OneOf("1", "2", "true", "word", "é\"\\", "007", "-0"),
                (scope, key, text) => (scope, key, text))
            .Array[0, 9].Select(all => all.Aggregate(SettingsValues.None, (values, one) => values.With(one.scope, one.key, new SettingValue(one.text))));

    /// <summary>Versions as a storm has them travel: any run of neighbours in one message, overlapping others.</summary>
    public static IEnumerable<SettingsMessage> Joined(List<SettingsMessage> messages, Random random)
    {
        for (var n = 0; n < messages.Count; n++)
        {
            var first = random.Next(1, messages.Count); // version 0 is no change
            yield return SettingsMessage.Join(messages.GetRange(first, random.Next(1, messages.Count - first + 1)));
        }
    }

    /// <summary>How the changes are announced, from version 0 on.</summary>
    public static List<SettingsMessage> Messages(SettingsChange[] changes)
    {
        var messages = new List<SettingsMessage> { SettingsState.Initial.Announce(null) };
        var state = SettingsState.Initial;
        foreach (var change in changes)
        {
            var next = change with { Version = state.Version + 1 };
            state = SettingsState.Evolve(state, next);
            messages.Add(state.Announce(next));
        }
        return messages;
    }
}
