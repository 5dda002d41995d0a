using TreasureHunt.Contracts.Lanes;

namespace TreasureHunt.ConfigService.Lanes;

/// <summary>Puts plan, reports and depths together. Pure.</summary>
public static class LaneOverview
{
    /// <summary>A lane above this multiple of the others' mean rate carries too much.</summary>
    public const double HotRate = 2;

    /// <param name="depthOf">envelopes waiting on a lane, now and some seconds ago; null: not known</param>
    public static LanesView Of(
        long version, bool balanced, LanePlan plan, int lanes, IReadOnlyList<HeardReport> reports, Func<int, (long Now, long Before)?> depthOf)
    {
        var states = reports.SelectMany(heard => heard.Report.Lanes, (heard, state) => (heard.Report.Instance, State: state)).ToLookup(said => said.State.Lane);
        var rates = Enumerable.Range(0, lanes).Select(lane => states[lane].Sum(said => said.State.PerSecond)).ToArray();
        var total = rates.Sum();
        LaneView[] views =
        [
            .. rates.Select((rate, lane) => new LaneView(
                lane, [.. states[lane].Where(said => said.State.Active).Select(said => said.Instance)],
                states[lane].Sum(said => said.State.InHand), Math.Round(rate, 1), total > 0 ? Math.Round(rate / total, 3) : 0,
                lanes > 1 && rate > HotRate * (total - rate) / (lanes - 1) && depthOf(lane) is { Now: > 0 } depth && depth.Now >= depth.Before,
                plan.OwnerOf(lane), depthOf(lane)?.Now)),
        ];
        return new LanesView(
            version, balanced, plan.ToString(), views.All(lane => lane.Planned is null || lane.Owners.Count == 0 || (lane.Owners.Count == 1 && lane.Owners[0] == lane.Planned)), views,
            [
                .. reports.Select(heard => new LaneProcessorView(
                    heard.Report.Instance, heard.Report.Weight, heard.Report.Stage, plan.LanesOf(heard.Report.Instance).Count(), heard.Report.Lanes.Count(state => state.Active),
                    Math.Round(heard.Report.Lanes.Sum(state => state.PerSecond), 1), heard.Report.SettingsVersion, Math.Round(heard.Age.TotalMilliseconds))),
            ]);
    }
}
