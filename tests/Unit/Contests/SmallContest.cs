using TreasureHunt.Cli.Contests;

namespace TreasureHunt.Tests.Unit.Contests;

/// <summary>Two hours, two problems, three teams, made by hand; every test adds its runs.</summary>
internal static class SmallContest
{
    public static Contest With(params ContestRun[] runs) => new()
    {
        Format = ContestFormat.EventFeed,
        Name = "The Small Cup",
        Start = new DateTimeOffset(2025, 3, 2, 9, 30, 0, TimeSpan.Zero),
        Duration = TimeSpan.FromHours(2),
        FreezeAt = TimeSpan.FromHours(1),
        PenaltyMinutes = 20,
        Problems = [new("arches", "A", "Arches"), new("bridges", "B", "Bridges")],
        Teams = [new("red", "Red"), new("GREEN", "Green"), new("blue", "Blue")],
        Runs = runs,
    };

    public static ContestRun Run(string team, string problem, long atMs, Verdict verdict) =>
        new($"{team}-{problem}-{atMs}", team, problem, TimeSpan.FromMilliseconds(atMs), verdict);
}
