using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsFleetTests
{
    private static readonly SettingsState Seventh = new(7, SettingsSchema.DefaultValues
        .With("fleet", "lane.batchCap", SettingValue.Of(64)).With("instance:processor-1", "lane.batchCap", SettingValue.Of(48)));

    [Theory]
    [InlineData(7, ReceiptStatus.Applied, 5, Standing.InStep)]
    [InlineData(8, ReceiptStatus.Applied, 5, Standing.InStep)] // it heard of a version that was committed after we asked
    [InlineData(6, ReceiptStatus.Applied, 5, Standing.Behind)]
    [InlineData(6, ReceiptStatus.Refused, 5, Standing.Refused)]
    [InlineData(6, ReceiptStatus.Applied, 41, Standing.Away)]
    [InlineData(7, ReceiptStatus.Refused, 41, Standing.Away)]
    public void A_process_is_in_step_behind_refusing_or_away(long inForce, ReceiptStatus status, int seenSecondsAgo, Standing standing) =>
        Assert.Equal(standing, FleetInstance.Of(Receipt(inForce, status, 48) with { Seen = Noon.AddSeconds(-seenSecondsAgo) }, Seventh, Noon).Standing);

    [Fact]
    public void A_receipt_that_was_never_repeated_counts_from_its_own_time() =>
        Assert.Equal(Standing.Away, FleetInstance.Of(Receipt(7, ReceiptStatus.Applied, 48), Seventh, Noon).Standing);

    [Fact]
    public void A_process_that_applied_a_version_with_another_effect_than_desired_drifts_and_the_value_is_named()
    {
        var instance = FleetInstance.Of(Receipt(7, ReceiptStatus.Applied, 64) with { Seen = Noon }, Seventh, Noon);
        Assert.Equal(Standing.Drifting, instance.Standing);
        Assert.Equal([new SettingDrift("lane.batchCap", SettingValue.Of(48), SettingValue.Of(64))], instance.Drift); // its own scope's value is the desired one
    }

    [Fact]
    public void One_that_is_behind_is_shown_with_what_it_is_behind_in()
    {
        var instance = FleetInstance.Of(Receipt(6, ReceiptStatus.Applied, 1024) with { Seen = Noon }, Seventh, Noon);
        Assert.Equal((Standing.Behind, "lane.batchCap"), (instance.Standing, Assert.Single(instance.Drift).Key));
    }

    [Theory]
    [InlineData(new[] { 5, 50 }, 1)] // others are heard: the second is away
    [InlineData(new[] { 100, 105 }, 2)] // nobody was: ConfigService was away, and both are weighed
    [InlineData(new[] { 100, 150 }, 1)]
    [InlineData(new[] { -60, 5 }, 2)] // a clock that is ahead makes nobody away
    public void A_change_is_weighed_against_those_who_were_there_when_anybody_was_heard_last(int[] seenSecondsAgo, int there) =>
        Assert.Equal(there, SettingsReceipt.There([.. seenSecondsAgo.Select(ago => Receipt(7, ReceiptStatus.Applied, 48) with { Seen = Noon.AddSeconds(-ago) })], Noon).Count);

    private static SettingsReceipt Receipt(long inForce, ReceiptStatus status, int batchCap)
    {
        var effective = SettingsSchema.Effective(SettingsSchema.DefaultValues, new SettingsSubject("processors", "processor-1"));
        effective["lane.batchCap"] = SettingValue.Of(batchCap);
        return new SettingsReceipt("processor-1", "processors", 7, inForce, status, effective, Noon.AddHours(-1), 0.5);
    }
}
