using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using TreasureHunt.Contracts;
using TreasureHunt.Contracts.Actions;
using TreasureHunt.Contracts.Lanes;
using TreasureHunt.Contracts.Secrets;
using TreasureHunt.ServiceDefaults.Auth;
using TreasureHunt.Tests.Benchmarks.Load;

namespace TreasureHunt.Tests.Benchmarks.Doors;

/// <summary>Requests and messages as players' clients and partners would send them, made before the clock runs: each player has a token of their own.</summary>
public sealed class DoorRequests(byte[] tokenKey, Seal seal, TimeProvider time)
{
    private static readonly TimeSpan TokenLife = TimeSpan.FromHours(6);

    private readonly Dictionary<string, string> _tokens = [];

    /// <summary>One action, answered 202 when the broker has it.</summary>
    public byte[] Post(AcceptedAction action) => Post(action, "");

    /// <summary>One action, answered with its outcome when it is committed.</summary>
    public byte[] PostAndWait(AcceptedAction action) => Post(action, "Prefer: wait=2\r\n");

    /// <summary>The player looks at the board.</summary>
    public byte[] Board(AcceptedAction of) => Encoding.UTF8.GetBytes(
        $"GET /hunts/{of.Hunt}/board?top=10 HTTP/1.1\r\nHost: ingress\r\nAuthorization: Bearer {Token(of)}\r\n\r\n");

    /// <summary>One action for the queue player-actions.</summary>
    public AmqpMessage Message(AcceptedAction action) => new(
        new BasicProperties
        {
            Persistent = true,
            ContentType = "application/json",
            Headers = new Dictionary<string, object?> { ["authorization"] = $"Bearer {Token(action)}", ["hunt"] = action.Hunt },
        },
        Body(action));

    private byte[] Post(AcceptedAction action, string headers)
    {
        var body = Body(action);
        var head = $"POST /hunts/{action.Hunt}/actions HTTP/1.1\r\nHost: ingress\r\nAuthorization: Bearer {Token(action)}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n{headers}\r\n";
        return [.. Encoding.UTF8.GetBytes(head), .. body];
    }

    private byte[] Body(AcceptedAction action)
    {
        var sealedGuess = (SubmitAnswer)action.Action;
        HuntAction plain = sealedGuess with { Guess = seal.Open(sealedGuess.Guess) };
        return JsonSerializer.SerializeToUtf8Bytes(plain, Wire.Default.HuntAction);
    }

    private string Token(AcceptedAction action)
    {
        if (_tokens.TryGetValue(action.Actor, out var token)) return token;
        return _tokens[action.Actor] = Tokens.Mint(tokenKey, action.Actor, action.Hunt, TokenLife, time, Role.Player);
    }
}
