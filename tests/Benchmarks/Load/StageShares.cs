using TreasureHunt.Contracts.Lanes;
using TreasureHunt.ServiceDefaults.Stages;

namespace TreasureHunt.Tests.Benchmarks.Load;

/// <summary>Where the time of all envelopes of a run went.</summary>
public static class StageShares
{
    /// <summary>Both sides have a stage of this name; the ingress's is its pace.</summary>
    public const string SettingsOfIngress = "ingress settings";

    /// <summary>The stages that follow each other; the rest runs beside them.</summary>
    public static readonly IReadOnlyList<string> Line =
    [
        Name(Stage.Accepted), SettingsOfIngress, Name(Stage.Queued), Name(Stage.Waiting), Name(Stage.Settings), Name(Stage.Decided), Name(Stage.Committed), Name(Stage.Answered),
    ];

    public static IReadOnlyDictionary<string, double> Between(IReadOnlyDictionary<string, double> before, IReadOnlyDictionary<string, double> after)
    {
        var spent = Line.ToDictionary(stage => stage, stage => after.GetValueOrDefault(stage) - before.GetValueOrDefault(stage));
        var all = spent.Values.Sum();
        return all > 0 ? spent.ToDictionary(stage => stage.Key, stage => stage.Value / all) : new Dictionary<string, double>();
    }

    private static string Name(Stage stage) => StageTimes.NameOf(stage);
}
