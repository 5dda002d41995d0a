using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.Tests.Unit.Settings;

/// <summary>Events of the settings as they lie in stores in use; see GoldenTests. A file is never changed, only added.</summary>
public sealed class StoredSettingsTests
{
    private static readonly DateTimeOffset At = new(2026, 12, 1, 18, 30, 0, 250, TimeSpan.Zero);

    private static readonly SettingsChange Plain = new(
        7, At, "anna", "queue grows",
        [new SettingItem("fleet", "lane.batchCap", SettingValue.Of(64), SettingValue.Of(1024)), new SettingItem("instance:processor-2", "lane.paused", null, SettingValue.Of(true))], "rollback:3");

    private static readonly Dictionary<string, object> Stored = new()
    {
        [SettingsChange.StoredName] = Plain,
        [SettingsChange.StoredName + ".2"] = Plain with { Until = At.AddMinutes(30), Proposal = 4, ApprovedBy = "ben", BreakGlass = "alone" },
        [ChangeProposed.StoredName] = new ChangeProposed(
            "anna", "queue grows", new Dictionary<string, SettingValue?> { ["lane.concurrency@fleet"] = SettingValue.Of(4), ["lane.pace@group:canary"] = null }, true, At.AddHours(1), 1800, "alone", "rollback:3")
        { Proposal = 4, At = At },
        [ProposalApproved.StoredName] = new ProposalApproved("ben") { Proposal = 4, At = At },
        [ProposalWithdrawn.StoredName] = new ProposalWithdrawn("ben", "not now") { Proposal = 4, At = At },
        [ProposalApplied.StoredName] = new ProposalApplied(8) { Proposal = 4, At = At },
        [ProposalRefused.StoredName] = new ProposalRefused("Nobody approved it.") { Proposal = 4, At = At },
    };

    public static TheoryData<string> Names => [.. Stored.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_stored_event_is_read_as_it_was_meant_and_written_as_it_always_was(string name)
    {
        var golden = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", $"{name}.json")).TrimEnd();
        var type = Wire.Default.GetTypeInfo(Stored[name].GetType())!;
        Assert.Equal(golden, JsonSerializer.Serialize(Stored[name], type));
        Assert.Equal(golden, JsonSerializer.Serialize(JsonSerializer.Deserialize(golden, type), type));
    }

    [Fact]
    public void An_event_from_before_changes_could_end_is_one_that_stays()
    {
        var read = JsonSerializer.Deserialize(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "settings-changed.json")), Wire.Default.SettingsChange)!;
        Assert.Equal((null, null, null, null), (read.Until, read.Proposal, read.ApprovedBy, read.BreakGlass));
    }

    [Fact]
    public void Every_kind_of_event_has_an_example() =>
        Assert.Equal(typeof(ProposalEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(ProposalEvent))).ToHashSet(), Stored.Values.OfType<ProposalEvent>().Select(one => one.GetType()).ToHashSet());
}
