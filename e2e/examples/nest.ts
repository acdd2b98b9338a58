import 'reflect-metadata'
import type { RequestListener } from 'node:http'
import { Controller, Get, Module, Next, Post, Req, Res, UseGuards } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport'
import { backchannelLogout, type Login, logout, OpenIDStrategy } from '@oidc/passport'
import type { NextFunction, Request, Response } from 'express'
import session from 'express-session'
import passport from 'passport'
import type { ExampleSettings } from './settings.ts'

/**
 * Nest through @nestjs/passport, on Express. The decorators are called as the functions that they are, so that the example runs without a compiler
 * that knows them.
 */
export async function createApp({ origin, client }: ExampleSettings): Promise<RequestListener> {
  const store = new session.MemoryStore()
  const leave = logout({ client, postLogoutRedirectURL: `${origin}/bye` })
  const end = backchannelLogout({ client, store })

  class Strategy extends PassportStrategy(OpenIDStrategy, 'openid') {
    constructor() {
      super({ client, callbackURL: `${origin}/cb` })
    }
    async validate({ claims }: Login): Promise<Express.User> {
      return { sub: claims.sub }
    }
  }

  class LoginGuard extends AuthGuard('openid') {
    override async canActivate(context: Parameters<InstanceType<ReturnType<typeof AuthGuard>>['canActivate']>[0]): Promise<boolean> {
      const isIn = (await super.canActivate(context)) as boolean
      await super.logIn(context.switchToHttp().getRequest())
      return isIn
    }
  }

  class AppController {
    login(): void {}
    callback(response: Response): void {
      response.redirect('/')
    }
    leave(req: Request, res: Response, next: NextFunction): void {
      leave(req, res, next)
    }
    end(req: Request, res: Response, next: NextFunction): void {
      end(req, res, next)
    }
    home({ user }: Request): string {
      return user ? `Hello ${user.sub}` : 'Nobody'
    }
  }
  const { prototype } = AppController
  const decorate = (name: keyof AppController, ...decorators: readonly MethodDecorator[]) => {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
    for (const each of decorators) each(prototype, name, descriptor as PropertyDescriptor)
  }
  const take = (name: keyof AppController, ...parameters: readonly ParameterDecorator[]) => {
    for (const [index, each] of parameters.entries()) each(prototype, name, index)
  }
  Controller()(AppController)
  decorate('login', Get('login'), UseGuards(AuthGuard('openid')))
  decorate('callback', Get('cb'), UseGuards(LoginGuard))
  take('callback', Res())
  decorate('leave', Post('logout'))
  take('leave', Req(), Res(), Next())
  decorate('end', Post('backchannel'))
  take('end', Req(), Res(), Next())
  decorate('home', Get())
  take('home', Req())

  class AppModule {}
  Module({ imports: [PassportModule.register({ session: true })], controllers: [AppController], providers: [Strategy] })(AppModule)

  passport.serializeUser((user, done) => done(null, user))
  passport.deserializeUser((user: Express.User, done) => done(null, user))
  const app = await NestFactory.create(AppModule, { logger: false })
  app.use(session({ secret: 'only for examples', resave: false, saveUninitialized: false, store, cookie: { sameSite: 'lax' } }))
  app.use(passport.session())
  app.use('/bye', leave)
  await app.init()
  return app.getHttpAdapter().getInstance() as RequestListener
}
