using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Definitions;
using TreasureHunt.Contracts.Views;

namespace TreasureHunt.Processors.Hunts;

/// <summary>
/// A hunt's state at a stream version, kept so that a lane starts with it and the tail instead of the whole stream.
/// A cache: it may be thrown away at any time, and is when the fold has changed since. Layout: fold version, SHA-256 of
/// the rest, the rest.
/// </summary>
public static class HuntCheckpoint
{
    /// <summary>Raise it with every change to what a fold keeps or how it is written: older checkpoints are then left unread.</summary>
    public const int FoldVersion = 1;

    private const int HeaderBytes = sizeof(int) + SHA256.HashSizeInBytes;

    public static ReadOnlyMemory<byte> Write(Hunt hunt)
    {
        var memory = new MemoryStream { Position = HeaderBytes };
        using var body = new BinaryWriter(memory);
        Write(hunt, body);
        body.Flush();
        var bytes = memory.GetBuffer().AsMemory(0, (int)memory.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.Span, FoldVersion);
        SHA256.HashData(bytes.Span[HeaderBytes..], bytes.Span[sizeof(int)..]);
        return bytes;
    }

    /// <exception cref="InvalidDataException">damaged, or written by another fold version: replay the stream instead</exception>
    public static Hunt Read(string slug, ReadOnlySpan<byte> checkpoint)
    {
        if (checkpoint.Length < HeaderBytes) throw new InvalidDataException($"The checkpoint of '{slug}' is cut short.");
        var version = BinaryPrimitives.ReadInt32LittleEndian(checkpoint);
        if (version != FoldVersion)
            throw new InvalidDataException($"The checkpoint of '{slug}' is of fold version {version}, not {FoldVersion}.");
        var body = checkpoint[HeaderBytes..];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(body, hash);
        if (!hash.SequenceEqual(checkpoint[sizeof(int)..HeaderBytes]))
            throw new InvalidDataException($"The checkpoint of '{slug}' is damaged.");

        using var reader = new BinaryReader(new MemoryStream(body.ToArray()));
        return Read(slug, reader);
    }

    private static void Write(Hunt hunt, BinaryWriter to)
    {
        to.Write(hunt.Slug);
        to.Write(hunt.Version);
        to.Write(hunt.LastAt.UtcTicks);
        var definition = hunt.Life.Definition is { } d ? JsonSerializer.SerializeToUtf8Bytes(d, Wire.Default.HuntDefinition) : [];
        to.Write7BitEncodedInt(definition.Length);
        to.Write(definition);
        hunt.Life.Write(to);
        hunt.Standings.Write(to);
        foreach (var standing in hunt.Standings.Teams) WriteTeam(to, hunt.Teams[standing.Team]);
        to.Write7BitEncodedInt(hunt.TeamOfPlayer.Count);
        foreach (var (player, team) in hunt.TeamOfPlayer)
        {
            to.Write(player);
            to.Write(team.Id);
        }
        hunt.Recent.Write(to);
    }

    private static Hunt Read(string slug, BinaryReader from)
    {
        if (from.ReadString() is var of && of != slug) throw new InvalidDataException($"The checkpoint is of '{of}', not of '{slug}'.");
        var hunt = new Hunt(slug) { Version = from.ReadInt64(), LastAt = new DateTimeOffset(from.ReadInt64(), TimeSpan.Zero) };
        var json = from.ReadBytes(from.Read7BitEncodedInt());
        var definition = json.Length == 0 ? null : JsonSerializer.Deserialize(json, Wire.Default.HuntDefinition);
        hunt.Life = HuntLife.Read(from, definition);
        hunt.Standings = Standings.Read(from, definition);
        foreach (var standing in hunt.Standings.Teams) hunt.Teams[standing.Team] = ReadTeam(from, standing);
        for (var left = from.Read7BitEncodedInt(); left > 0; left--) hunt.TeamOfPlayer[from.ReadString()] = hunt.Teams[from.ReadString()];
        hunt.Recent.Read(from, hunt.Version);
        return hunt;
    }

    private static void WriteTeam(BinaryWriter to, HuntTeam team)
    {
        to.Write(team.CodeMac ?? "");
        to.Write7BitEncodedInt(team.WrongGuesses.Count);
        foreach (var (treasure, guess) in team.WrongGuesses)
        {
            to.Write7BitEncodedInt(treasure);
            to.Write(guess.High);
            to.Write(guess.Low);
        }
        to.Write7BitEncodedInt(team.Attempts.Count);
        foreach (var (treasure, window) in team.Attempts)
        {
            to.Write7BitEncodedInt(treasure);
            window.Write(to);
        }
    }

    private static HuntTeam ReadTeam(BinaryReader from, TeamStanding standing)
    {
        var team = new HuntTeam(standing, from.ReadString() is { Length: > 0 } mac ? mac : null);
        for (var left = from.Read7BitEncodedInt(); left > 0; left--)
            team.WrongGuesses.Add((from.Read7BitEncodedInt(), new KeyedHash(from.ReadUInt64(), from.ReadUInt64())));
        for (var left = from.Read7BitEncodedInt(); left > 0; left--) team.Attempts[from.Read7BitEncodedInt()] = AttemptWindow.Read(from);
        return team;
    }
}
