using System.Text.Json.Serialization;
using TreasureHunt.Cli.Bench;
using TreasureHunt.Tests.Benchmarks.Measure;

namespace TreasureHunt.Tests.Benchmarks.Soak;

/// <summary>All that a run of `bench soak` found out; what --json prints.</summary>
/// <param name="Store">null: the soak's books did not hold, and its store is not worth measuring</param>
public sealed record SoakResult(DateTimeOffset At, string Commit, string Command, Machine Machine, SoakFigures Soak, LargeStoreFigures? Store)
{
    public bool Holds => Soak.Books.Holds && Store is { Holds: true };

    [JsonIgnore]
    public IEnumerable<string> Notes
    {
        get
        {
            SoakPlan plan = Soak.Plan;
            yield return $"{At:yyyy-MM-dd}, commit {Commit}: {Command}; {Machine.Cores} cores, {Machine.Runtime}, {Machine.Postgres}, {Machine.Broker}";
            yield return $"{plan.Actions:#,0} actions at {plan.Rate:#,0} a second, {plan.HuntsPerWave} hunts for every {plan.ActionsPerWave:#,0}, views {(plan.Views ? "on" : "off")}. "
                + $"Books of the soak: {Soak.Books}; {Soak.Unanswered:#,0} outcomes did not come back.";
            yield return "Facts: " + string.Join(", ", Soak.Books.Facts.Select(fact => $"{fact.Key} {fact.Value / (double)Soak.Books.Events:0.0%}")) + ".";
            if (Store is not null)
                yield return $"Large store: {Store.Events:#,0} events, {Store.Bytes / 1e9:0.00} GB; the empty one {Store.EmptyEvents:#,0} events, {Store.EmptyBytes / 1e9:0.00} GB. "
                    + $"Books at the end: {Store.Books}; of the empty one: {Store.EmptyBooks}.";
        }
    }

    [JsonIgnore]
    public IEnumerable<(string Title, string[] Columns, IReadOnlyList<string[]> Rows)> Tables => SoakTables.Of(this);
}
