"""Addresses of the notices and of the products that show them."""

from django.urls import URLPattern, path

from newsletters.views import notices, products

urlpatterns: list[URLPattern] = [
    path("", notices.notices, name="notices"),
    path("new/", notices.notice_new, name="notice_new"),
    path("preview/", notices.notice_preview, name="notice_preview"),
    path("products/", products.products, name="notice_products"),
    path("products/new/", products.product_new, name="notice_product_new"),
    path("products/<int:pk>/", products.product, name="notice_product"),
    path("products/<int:pk>/edit/", products.product_edit, name="notice_product_edit"),
    path("products/<int:pk>/secret/", products.product_rotate, name="notice_product_rotate"),
    path("products/<int:pk>/switch/", products.product_switch, name="notice_product_switch"),
    path("<int:pk>/", notices.notice, name="notice"),
    path("<int:pk>/edit/", notices.notice_edit, name="notice_edit"),
    path("<int:pk>/publish/", notices.notice_publish, name="notice_publish"),
    path("<int:pk>/withdraw/", notices.notice_withdraw, name="notice_withdraw"),
    path("<int:pk>/copy/", notices.notice_copy, name="notice_copy"),
    path("<int:pk>/delete/", notices.notice_delete, name="notice_delete"),
]
