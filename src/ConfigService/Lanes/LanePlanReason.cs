using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Settings;

namespace TreasureHunt.ConfigService.Lanes;

/// <summary>Why a plan changed, in a sentence for the settings history. Pure.</summary>
public static class LanePlanReason
{
    public static string Of(LanePlan before, LanePlan after, IReadOnlyList<LaneProcessor> present)
    {
        var (had, have) = (before.Owners.Values.ToHashSet(), after.Owners.Values.ToHashSet());
        string[] causes =
        [
            .. present.Where(processor => have.Contains(processor.Instance) && !had.Contains(processor.Instance)).Select(joined => $"{joined.Instance} joined (weight {joined.Weight})"),
            .. had.Where(owner => !present.Any(processor => processor.Instance == owner)).Order(StringComparer.Ordinal).Select(gone => $"{gone} left"),
        ];
        var moves = after.Owners.Where(lane => before.OwnerOf(lane.Key) != lane.Value).GroupBy(lane => lane.Value, lane => lane.Key)
            .OrderBy(owner => owner.Key, StringComparer.Ordinal)
            .Select(owner => $"{(owner.Count() == 1 ? "lane" : "lanes")} {string.Join(", ", owner)} to {owner.Key}");
        var why = $"{(causes.Length > 0 ? string.Join(", ", causes) : "shares corrected")}: {string.Join("; ", moves)}";
        return why.Length <= SettingsChange.MaxWhyCharacters ? why : why[..(SettingsChange.MaxWhyCharacters - 1)] + "…";
    }
}
