using TreasureHunt.Cli.Settings;
using TreasureHunt.Contracts.Settings;
using static TreasureHunt.Tests.Unit.Settings.SettingsStreams;

namespace TreasureHunt.Tests.Unit.Settings;

public sealed class SettingsFleetTests
{
    [Theory]
    [InlineData(7, ReceiptStatus.Applied, 5, SettingsFleet.Standing.InStep)]
    [InlineData(8, ReceiptStatus.Applied, 5, SettingsFleet.Standing.InStep)] // it heard of a version that was committed after we asked
    [InlineData(6, ReceiptStatus.Applied, 5, SettingsFleet.Standing.Behind)]
    [InlineData(6, ReceiptStatus.Refused, 5, SettingsFleet.Standing.Refused)]
    [InlineData(6, ReceiptStatus.Applied, 41, SettingsFleet.Standing.Away)]
    [InlineData(7, ReceiptStatus.Refused, 41, SettingsFleet.Standing.Away)]
    public void A_process_is_in_step_behind_refusing_or_away(long inForce, ReceiptStatus status, int seenSecondsAgo, SettingsFleet.Standing standing) =>
        Assert.Equal(standing, SettingsFleet.Of(Receipt(inForce, status) with { Seen = Noon.AddSeconds(-seenSecondsAgo) }, desired: 7, Noon));

    [Fact]
    public void A_receipt_that_was_never_repeated_counts_from_its_own_time() =>
        Assert.Equal(SettingsFleet.Standing.Away, SettingsFleet.Of(Receipt(7, ReceiptStatus.Applied), 7, Noon));

    private static SettingsReceipt Receipt(long inForce, ReceiptStatus status) =>
        new("processor-1", "processors", 7, inForce, status, new Dictionary<string, SettingValue>(), Noon.AddHours(-1), 0.5);
}
