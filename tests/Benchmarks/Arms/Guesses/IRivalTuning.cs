using System.Globalization;

namespace TreasureHunt.Tests.Benchmarks.Arms.Guesses;

/// <summary>What one may choose about every rival.</summary>
public interface IRivalTuning
{
    /// <summary>Most MiB that its process's young generation may grow to between two collections. The 16 of our processors were chosen for those (docs/adr/0014).</summary>
    int YoungMiB { get; }

    /// <summary>
    /// Variables of the process. The runtime takes this one, in hexadecimal, before the System.GC.Gen0MaxBudget of its configuration file, and knows it by exactly this spelling
    /// (.NET 10; GCgen0MaxBudget is passed over without a word).
    /// </summary>
    IEnumerable<KeyValuePair<string, string>> Variables => [new("DOTNET_GCGen0MaxBudget", (YoungMiB << 20).ToString("x", CultureInfo.InvariantCulture))];

    static string Shown(int youngMiB) => $"young generation of {youngMiB} MiB at most";
}
