using TreasureHunt.Contracts.Definitions;

namespace TreasureHunt.Contracts.Views;

/// <summary>Standings in a checkpoint: compact, private to one fold version, never a format for others.</summary>
public sealed partial class Standings
{
    public void Write(BinaryWriter to)
    {
        to.Write(_opens.UtcTicks);
        foreach (var treasure in _treasures) to.Write7BitEncodedInt(treasure.Finders);
        to.Write7BitEncodedInt(_teams.Count);
        foreach (var team in _teams.Values) Write(to, team);
    }

    /// <param name="definition">the definition in force when the checkpoint was written; null: none yet</param>
    public static Standings Read(BinaryReader from, HuntDefinition? definition)
    {
        var standings = new Standings();
        if (definition is not null) standings.Start(definition);
        standings._opens = Instant(from.ReadInt64());
        foreach (var treasure in standings._treasures) treasure.Finders = from.Read7BitEncodedInt();
        var teams = from.Read7BitEncodedInt();
        for (var i = 0; i < teams; i++)
        {
            var team = ReadTeam(from);
            standings._teams[team.Team] = team;
        }
        return standings;
    }

    private static void Write(BinaryWriter to, TeamStanding team)
    {
        to.Write(team.Team);
        to.Write(team.Since.UtcTicks);
        to.Write7BitEncodedInt(team.LockedPoints);
        to.Write7BitEncodedInt64(team.PenaltyMinutes);
        to.Write(team.LastFindAt?.UtcTicks ?? 0);
        to.Write7BitEncodedInt(team.Finds.Count);
        foreach (var (treasure, find) in team.Finds)
        {
            to.Write7BitEncodedInt(treasure);
            to.Write(find.At.UtcTicks);
            to.Write7BitEncodedInt(find.Ordinal);
            to.Write(find.Points is null);
            if (find.Points is { } points) to.Write7BitEncodedInt(points);
            to.Write7BitEncodedInt(find.Bonus);
        }
        to.Write7BitEncodedInt(team.Hints.Count);
        foreach (var (treasure, hint) in team.Hints)
        {
            to.Write7BitEncodedInt(treasure);
            to.Write(hint);
        }
        to.Write7BitEncodedInt(team.Unlocked.Count);
        foreach (var (treasure, at) in team.Unlocked)
        {
            to.Write7BitEncodedInt(treasure);
            to.Write(at.UtcTicks);
        }
        to.Write7BitEncodedInt(team.OpenPenalties.Count);
        foreach (var (treasure, minutes) in team.OpenPenalties)
        {
            to.Write7BitEncodedInt(treasure);
            to.Write7BitEncodedInt(minutes);
        }
    }

    private static TeamStanding ReadTeam(BinaryReader from)
    {
        var team = new TeamStanding(from.ReadString(), Instant(from.ReadInt64()))
        {
            LockedPoints = from.Read7BitEncodedInt(),
            PenaltyMinutes = from.Read7BitEncodedInt64(),
            LastFindAt = from.ReadInt64() is var ticks and not 0 ? Instant(ticks) : null,
        };
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
        {
            var treasure = from.Read7BitEncodedInt();
            var (at, ordinal) = (Instant(from.ReadInt64()), from.Read7BitEncodedInt());
            int? points = from.ReadBoolean() ? null : from.Read7BitEncodedInt();
            team.Finds[treasure] = new Find(at, ordinal, points, from.Read7BitEncodedInt());
            if (points is null) team.LiveFinds.Add(treasure);
        }
        for (var left = from.Read7BitEncodedInt(); left > 0; left--) team.Hints.Add((from.Read7BitEncodedInt(), from.ReadString()));
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
            team.Unlocked[from.Read7BitEncodedInt()] = Instant(from.ReadInt64());
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
            team.OpenPenalties[from.Read7BitEncodedInt()] = from.Read7BitEncodedInt();
        return team;
    }

    private static DateTimeOffset Instant(long utcTicks) => new(utcTicks, TimeSpan.Zero);
}
