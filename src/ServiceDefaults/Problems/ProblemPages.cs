using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace TreasureHunt.ServiceDefaults.Problems;

/// <summary>Answers nobody wrote are problem details too: unknown addresses, wrong methods, requests that break off, our own faults.</summary>
public static class ProblemPages
{
    public static void UseProblemPages(this WebApplication app)
    {
        app.UseExceptionHandler(failed => failed.Run(context =>
            (context.Features.Get<IExceptionHandlerFeature>()?.Error is BadHttpRequestException bad ? Of(bad) : Broken()).WriteAsync(context)));
        app.UseStatusCodePages(pages => (pages.HttpContext.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Problem.Of(404, ProblemTypes.NotFound, "No such address",
                $"There is nothing at {pages.HttpContext.Request.Path}. See /openapi/v1.json for what there is."),
            StatusCodes.Status405MethodNotAllowed => Problem.Of(405, ProblemTypes.MethodNotAllowed, "Wrong method",
                $"{pages.HttpContext.Request.Path} does not take {pages.HttpContext.Request.Method}; it takes {pages.HttpContext.Response.Headers.Allow}."),
            StatusCodes.Status415UnsupportedMediaType => Problem.Of(415, ProblemTypes.MediaTypeUnsupported, "Not JSON",
                "Send JSON with the header Content-Type: application/json."),
            var status => Problem.Of(status, ProblemTypes.RequestInvalid, "Invalid request", "The request could not be read. Check its headers and its address."),
        }).WriteAsync(pages.HttpContext));
    }

    private static Problem Of(BadHttpRequestException bad) => bad.StatusCode == StatusCodes.Status413PayloadTooLarge
        ? Problem.Of(413, ProblemTypes.BodyTooLarge, "Body too large", "The body is larger than this server reads. Split it over several requests.")
        : Problem.Of(bad.StatusCode, ProblemTypes.RequestInvalid, "Invalid request", "The request broke off or could not be read. Send it again.");

    private static Problem Broken() => Problem.Of(500, ProblemTypes.Broken, "Our fault",
        "Something broke here; it is in the log. An action may be sent again with the same actionId.");
}
