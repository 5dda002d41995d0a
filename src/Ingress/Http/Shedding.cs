using TreasureHunt.Ingress.Actions;

namespace TreasureHunt.Ingress.Http;

/// <summary>What a route does to the lane of its {hunt}; metadata of the route.</summary>
/// <param name="Looks">it only looks, and is turned away before those that bring actions</param>
internal sealed record Shed(bool Looks)
{
    public static readonly Shed BringsActions = new(Looks: false), OnlyLooks = new(Looks: true);
}

/// <summary>Under overload most of what arrives is refused, so a refusal must cost little: said before token, body and everything else.</summary>
internal static class Shedding
{
    public static void UseShedding(this WebApplication app)
    {
        var acceptance = app.Services.GetRequiredService<Acceptance>();
        app.Use(next => context =>
            context.GetEndpoint()?.Metadata.GetMetadata<Shed>() is { } shed && context.GetRouteValue("hunt") is string hunt
            && acceptance.TurnAway(hunt, shed.Looks) is { } problem
                ? problem.WriteAsync(context)
                : next(context));
    }
}
