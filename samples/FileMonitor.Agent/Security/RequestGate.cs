using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace FileMonitor.Agent.Security;

/// <summary>Who may ask what. Holds nothing that changes.</summary>
internal sealed class RequestGate
{
    // No script, style or picture from elsewhere, and nothing inline: a file name that got into the page as markup could still do nothing.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private const string Scheme = "Bearer ";

    private readonly HashSet<string>? _hosts;
    private readonly byte[]? _tokenHash;

    public RequestGate(AgentOptions options)
    {
        // A page of somebody else's can have its own name point to 127.0.0.1, and its script is then of the same origin as ours. Beyond
        // loopback the agent cannot know what it is called, and such a page does not know the token.
        if (options.IsLoopbackOnly || options.AllowedHosts.Count > 0)
        {
            _hosts = new([.. Loopback.Names, .. options.AllowedHosts], StringComparer.OrdinalIgnoreCase);
        }

        _tokenHash = options.BearerToken is { } token ? Hash(token) : null;
    }

    /// <summary>For every request: how it may be asked, under which name, and what a browser may do with the answer.</summary>
    public Task CheckRequestAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            headers.Allow = HttpMethods.Get;
            return RefuseAsync(context, HttpStatusCode.MethodNotAllowed, "The agent only answers GET.");
        }

        // A page of somebody else's cannot read an answer, but it could hold the places of readers. A link to the agent is no harm.
        if (context.Request.Headers["Sec-Fetch-Site"] == "cross-site" && context.Request.Headers["Sec-Fetch-Mode"] != "navigate")
        {
            return RefuseAsync(context, HttpStatusCode.Forbidden, "The agent does not answer to pages of others.");
        }

        return _hosts is null || _hosts.Contains(context.Request.Host.Host)
            ? next(context)
            : RefuseAsync(context, HttpStatusCode.BadRequest, "The agent is not called so. Add the name to Agent:AllowedHosts if it is meant.");
    }

    /// <summary>For everything that says something about the machine.</summary>
    public Task CheckTokenAsync(HttpContext context, RequestDelegate next)
    {
        if (_tokenHash is null || (Given(context.Request) is { } token && CryptographicOperations.FixedTimeEquals(Hash(token), _tokenHash)))
        {
            return next(context);
        }

        context.Response.Headers.WWWAuthenticate = "Bearer";
        return RefuseAsync(context, HttpStatusCode.Unauthorized, "The agent wants a token: Authorization: Bearer <token>.");
    }

    /// <summary>Answers with a status and a sentence.</summary>
    public static Task RefuseAsync(HttpContext context, HttpStatusCode status, string why)
    {
        context.Response.StatusCode = (int)status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(why + "\n", context.RequestAborted);
    }

    private static string? Given(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? header[Scheme.Length..].Trim() : null;

    // Of equal length whatever was given, so that the comparison tells nothing about the token's length either.
    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
