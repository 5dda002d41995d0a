using TreasureHunt.ServiceDefaults.Problems;

namespace TreasureHunt.Ingress.Http;

internal static class ProblemMetadata
{
    public static RouteHandlerBuilder ProducesProblems(this RouteHandlerBuilder route, params int[] statuses)
    {
        foreach (var status in statuses) route.Produces<Problem>(status, Problem.ContentType);
        return route;
    }
}
